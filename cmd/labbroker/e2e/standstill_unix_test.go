//go:build unix

package e2e

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"labbroker/internal/mqtttest"
)

// TestStandstill: a server that stood still for longer than its boards'
// keepalive (a laptop's lid, a paused virtual machine) reads what they sent
// meanwhile before it calls anybody silent.
func TestStandstill(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	var boards []*mqtttest.Client
	for i := range 40 {
		boards = append(boards, mqtttest.Connect(t, s.MQTT, mqtttest.Login{ID: fmt.Sprint("b", i), Keepalive: 2, User: "ada", Password: "pw"}))
	}
	signal := func(sig syscall.Signal) {
		if err := s.cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
	}
	const pings = 10 // 4 s
	ping := mqtttest.Frame(mqtttest.PINGREQ << 4)
	signal(syscall.SIGSTOP)
	pace := time.NewTicker(400 * time.Millisecond) // boards go on by their own clocks
	defer pace.Stop()
	for range pings {
		<-pace.C
		for _, b := range boards {
			b.Send(ping)
		}
	}
	signal(syscall.SIGCONT)
	for _, b := range boards {
		for range pings {
			b.Await(mqtttest.PINGRESP)
		}
	}
}
