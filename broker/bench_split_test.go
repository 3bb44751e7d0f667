package broker

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"labbroker/broker/wire"
	"labbroker/internal/mqtttest"
)

// BenchmarkSplitWrites is umqtt's publish(qos=1): the fixed header in one
// write, the rest in further ones, over a socket with Nagle's algorithm, and
// then it waits for the PUBACK. A receiver that delays the acknowledgement of
// the first segment costs 40 ms. Beside it, where there is one, mosquitto.
func BenchmarkSplitWrites(b *testing.B) {
	b.Run("labbroker", func(b *testing.B) {
		x := newInside(b, &law{record: func([]byte) {}}, Options{})
		splitWrites(b, x.addr)
	})
	path, err := exec.LookPath("mosquitto")
	if err != nil {
		return
	}
	b.Run("mosquitto", func(b *testing.B) {
		splitWrites(b, startMosquitto(b, path))
	})
}

func splitWrites(b *testing.B, addr string) {
	k := newTalker(b, addr, "umqtt")
	if err := k.Conn.(*net.TCPConn).SetNoDelay(false); err != nil {
		b.Fatal(err)
	}
	frame := wire.AppendPublish(nil, 0, 1, "alice/mcu/ina219", 1, []byte("5.012"))
	idAt := len(frame) - 5 - 2
	var took []time.Duration
	for b.Loop() {
		start := time.Now()
		for _, part := range [][]byte{frame[:2], frame[2:4], frame[4:idAt], frame[idAt : idAt+2], frame[idAt+2:]} {
			if _, err := k.Write(part); err != nil {
				b.Fatal(err)
			}
		}
		if p, _, err := k.next(); err != nil || p[0] != wire.PUBACK<<4 {
			b.Fatalf("got %x, %v, want PUBACK", p, err)
		}
		took = append(took, time.Since(start))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms/median")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms/p99")
}

// startMosquitto runs one on a port of its own, and returns its address.
func startMosquitto(b *testing.B, path string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	conf := filepath.Join(b.TempDir(), "mosquitto.conf")
	text := fmt.Sprintf("listener %d 127.0.0.1\nallow_anonymous true\n", l.Addr().(*net.TCPAddr).Port)
	if err := os.WriteFile(conf, []byte(text), 0o644); err != nil {
		b.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, path, "-c", conf)
	out, err := cmd.StderrPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { stop(); _ = cmd.Wait() })
	go func() {
		for s := bufio.NewScanner(out); s.Scan(); {
		}
	}()
	eventually(b, "mosquitto listens", func() bool {
		c, err := net.DialTimeout("tcp", addr, mqtttest.Patience)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
	return addr
}
