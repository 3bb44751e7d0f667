package e2e

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"labbroker/internal/mqtttest"
)

// TestRecovery kills a server with 100,000 messages that wait for a client that
// is away, prints how long the next one takes until it listens, and lets the
// client have them all, in order.
func TestRecovery(t *testing.T) {
	t.Parallel()
	each := int(number(t, "LABBROKER_RECOVERY_MESSAGES", 100_000)) / writers
	dir := t.TempDir()
	o := Options{Dir: dir, Data: dir + "/data", Args: []string{
		"--session-rate", "0", "--log-level", "info", "--max-queued", fmt.Sprint(writers * each),
	}}
	s := startServer(t, o)
	absent := mqtttest.Login{ID: "absent", User: "ada", Password: "pw", Keep: true}
	c := mqtttest.Connect(t, s.MQTT, absent)
	c.Subscribe("ada/long/#", 1)
	c.Disconnect()

	var work sync.WaitGroup
	began := time.Now()
	for i := range writers {
		c := mqtttest.Connect(t, s.MQTT, mqtttest.Login{ID: fmt.Sprint("writer", i), User: "ada", Password: "pw"})
		work.Go(func() {
			if err := pour(c, i, each); err != nil {
				t.Errorf("writer %d: %v", i, err)
			}
		})
	}
	work.Wait()
	t.Logf("%d messages of 60 bytes took %v to be acknowledged", writers*each, time.Since(began).Round(time.Millisecond))
	s.Kill()

	began = time.Now()
	s = startServer(t, o)
	t.Logf("from start to listening: %v; progress was shown: %v", time.Since(began).Round(time.Millisecond),
		strings.Contains(s.log.String(), "reading what waits"))

	c, ack := mqtttest.Try(t, s.MQTT, absent)
	if !ack.Present {
		t.Fatal("the session is gone")
	}
	var next [writers]int
	for range writers * each {
		p := c.Message()
		var i, n int
		if _, err := fmt.Sscanf(p.Payload, "%d %d", &i, &n); err != nil || n != next[i] {
			t.Fatalf("got message %d of writer %d, want %d", n, i, next[i])
		}
		next[i]++
	}
}

// writers is how many clients publish at once in TestRecovery.
const writers = 4

// pour publishes n messages at QoS 1 with many of them under way.
func pour(c *mqtttest.Client, i, n int) error {
	const window = 500
	words := strings.Repeat("-", 45)
	for sent, acked := 0, 0; acked < n; acked++ {
		for ; sent < n && sent-acked < window; sent++ {
			p := mqtttest.Publish{
				Topic: fmt.Sprint("ada/long/", i), Payload: fmt.Sprintf("%d %7d %s", i, sent, words),
				QoS: 1, ID: uint16(sent%60000) + 1,
			}
			if err := c.Offer(p.Frame()); err != nil {
				return err
			}
		}
		p, err := c.Next(patient)
		if err != nil {
			return err
		}
		if want := uint16(acked%60000) + 1; p.Type != mqtttest.PUBACK || p.ID != want {
			return fmt.Errorf("got %v, want PUBACK %d", p, want)
		}
	}
	return nil
}
