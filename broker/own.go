package broker

import "context"

// ownWaiting is how many messages of the broker's own may wait.
const ownWaiting = 4096

// Publish says something in the broker's own name: no policy is asked, nothing
// is recorded. It only queues the message, so it may be called from anywhere,
// a rule in the middle of a publish included; the order is kept. The caller
// must not change payload any more. ErrBusy when too many are waiting,
// ErrClosed after Run.
func (s *Server) Publish(topic string, payload []byte, qos byte, retain bool) error {
	if s.ended.Load() {
		return ErrClosed
	}
	select {
	case s.own <- message{topic: topic, payload: payload, qos: qos, retain: retain}:
		return nil
	default:
		s.count.unsaid.Add(1)
		return ErrBusy
	}
}

// speak publishes what was queued until ctx ends.
func (s *Server) speak(ctx context.Context) {
	b := batch{s: s}
	var r run
	for {
		select {
		case m := <-s.own:
			if m.said != nil {
				close(m.said)
				continue
			}
			b.utter(&r, m.topic, m.payload, m.qos, m.retain)
		case <-ctx.Done():
			return
		}
	}
}

// utter sends a message of the broker's own to its end.
func (b *batch) utter(r *run, topic string, payload []byte, qos byte, retain bool) {
	r.utter(topic, payload, qos, retain)
	b.accept(r, nil, nil)
	b.write(r, 0, nil)
	r.reset()
	b.finish()
	clear(b.slow)
	b.slow = b.slow[:0] // the broker's own word waits for nobody
}
