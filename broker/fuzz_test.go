package broker

import (
	"io"
	"net"
	"runtime"
	"slices"
	"testing"
	"time"

	"labbroker/internal/mqtttest"
)

// FuzzConnection lets a client log in and then say anything, over TCP and over
// a connection without a file descriptor: the broker stays, the connection
// ends, and nothing of it is left over.
func FuzzConnection(f *testing.F) {
	ended := make(chan string, 1)
	x := newInside(f, &law{
		record: func([]byte) {},
		ended:  func(reason string) { ended <- reason },
	}, Options{MaxPacket: 1 << 16, MaxRetained: 20, MaxQueued: 50, TopicLevels: 32, WriteBuffer: 1 << 12, SlowTime: time.Millisecond})
	publish := func(qos byte, id uint16, retain bool) []byte {
		return mqtttest.Publish{Topic: "a/b", Payload: "x", QoS: qos, ID: id, Retain: retain}.Frame()
	}
	ack := mqtttest.Ack
	f.Add(slices.Concat(mqtttest.Subscribe(1, 2, "#"), publish(2, 2, true), publish(2, 2, false), ack(mqtttest.PUBREL, 2), ack(mqtttest.PUBREC, 1), ack(mqtttest.PUBCOMP, 1)), byte(0))
	f.Add(slices.Concat(mqtttest.Subscribe(1, 1, "$share/g/a/#", "a/+"), publish(1, 2, false), publish(0, 0, false), ack(mqtttest.PUBACK, 1), mqtttest.Unsubscribe(4, "a/+")), byte(1))
	f.Add(slices.Concat(publish(1, 1, false), []byte{0xc0, 0, 0xe0, 0}), byte(2))
	f.Add([]byte{0x82, 6, 0, 1, 0, 0, 1, 'a'}, byte(3))
	f.Add(slices.Concat(mqtttest.Subscribe(1, 1, "a/b"), slices.Repeat(publish(1, 1, false), 300)), byte(2))
	f.Add(mqtttest.Login{ID: "again"}.Frame(), byte(0))

	rounds, before := 0, runtime.NumGoroutine()
	f.Fuzz(func(t *testing.T, said []byte, how byte) {
		var client net.Conn
		if how&1 == 0 {
			var server net.Conn
			client, server = net.Pipe()
			if !x.door.hold() {
				t.Fatal("the broker has ended")
			}
			go func() {
				defer x.door.work.Done()
				x.door.serve(server, "pipe", remote("pipe:1"))
			}()
		} else {
			c, err := net.Dial("tcp", x.addr)
			if err != nil {
				t.Fatal(err)
			}
			_ = c.(*net.TCPConn).SetLinger(0)
			client = c
		}
		_ = client.SetDeadline(time.Now().Add(mqtttest.Patience))
		login := mqtttest.Login{ID: "fuzz", User: "alice", Password: "x", Keep: how&2 != 0}
		if _, err := client.Write(login.Frame()); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(client, make([]byte, 4)); err != nil {
			t.Fatalf("CONNACK: %v", err)
		}
		heard := make(chan struct{})
		go func() {
			defer close(heard)
			_, _ = io.Copy(io.Discard, client)
		}()
		if cut := int(how>>2) % (len(said) + 1); cut > 0 {
			_, _ = client.Write(said[:cut])
			said = said[cut:]
		}
		_, _ = client.Write(said)
		_, _ = client.Write([]byte{0xc0, 0})
		_ = client.Close()
		select {
		case reason := <-ended:
			if reason == errPanic.reason {
				t.Fatal("the connection panicked")
			}
		case <-time.After(mqtttest.Patience):
			t.Fatal("the connection does not end")
		}
		<-heard
		if rounds++; rounds%500 == 0 {
			eventually(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() < before+20 })
			var m runtime.MemStats
			if runtime.ReadMemStats(&m); m.HeapAlloc > 256<<20 {
				t.Fatalf("%d MB are in use", m.HeapAlloc>>20)
			}
		}
	})
}
