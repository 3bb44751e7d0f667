package broker

import (
	"context"

	"github.com/mochi-mqtt/server/v2/packets"
)

// ownWaiting is how many messages of the broker's own may wait.
const ownWaiting = 4096

type message struct {
	topic   string
	payload []byte
	qos     byte
	retain  bool
	said    chan struct{} // closed when its turn comes, in place of a message
}

// Publish says something in the broker's own name: no policy is asked, nothing
// is recorded. It only queues the message, so it may be called from anywhere,
// a hook in the middle of a publish included; the order is kept. The caller
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
		return ErrBusy
	}
}

// speak publishes what was queued until ctx ends.
func (s *Server) speak(ctx context.Context) {
	for {
		select {
		case m := <-s.own:
			if m.said != nil {
				close(m.said)
				continue
			}
			if err := s.mochi.Publish(m.topic, m.payload, m.retain, m.qos); err != nil {
				s.log.Debug("own message not published", "topic", m.topic, "error", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

// DropRetained forgets the retained messages of a session's topics.
func (s *Server) DropRetained(session string) {
	for topic := range s.mochi.Topics.Retained.GetAll() {
		if below(topic, session) {
			s.mochi.Topics.RetainMessage(packets.Packet{TopicName: topic})
		}
	}
}

// below says whether topic is session or one of its topics.
func below(topic, session string) bool {
	return len(topic) >= len(session) && topic[:len(session)] == session &&
		(len(topic) == len(session) || topic[len(session)] == '/')
}
