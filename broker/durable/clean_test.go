package durable_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"labbroker/broker/durable"
	"labbroker/internal/wal/waltest"
)

// churn makes the log turn over: messages for h that are done at once.
func churn(t *testing.T, s *durable.Store, h durable.Handle, next uint64, bytes int) uint64 {
	t.Helper()
	for range (bytes + 99) / 100 {
		m := durable.Message{Topic: "churn", Payload: make([]byte, 80), To: []durable.Dest{{To: h, Seq: next, QoS: 1}}}
		if err := s.Publish(&m); err != nil {
			t.Fatal(err)
		}
		s.Done(h, next)
		next++
	}
	if err := s.Commit(); err != nil {
		t.Fatal(err)
	}
	return next
}

func mustOpen(t testing.TB, o durable.Options) (*durable.Store, *durable.Restored) {
	t.Helper()
	s, res, err := durable.Open("store", o)
	if err != nil {
		t.Fatalf("open: got %v, want no error", err)
	}
	return s, res
}

// Whatever the log has lost of a client's past, Next and the handle stay, and
// so does what lives; at every stage of the log's turning over.
func TestTurnsOver(t *testing.T) {
	t.Parallel()
	for _, set := range []bool{false, true} {
		t.Run(fmt.Sprintf("set=%v", set), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { turnOver(t, set) })
		})
	}
}

func turnOver(t *testing.T, set bool) {
	fs := new(waltest.FS)
	o := durable.Options{FS: fs, SegmentSize: 512}
	s, _ := mustOpen(t, o)
	busy := s.NewClient(durable.ClientInfo{Key: "busy"})
	quiet := s.NewClient(durable.ClientInfo{Key: "home/quiet"})
	full := s.NewClient(durable.ClientInfo{Key: "home/full", Session: "home"})
	s.DropClient(s.NewClient(durable.ClientInfo{Key: "gone"}))
	s.Subscribe(full, "home/#", 2)
	for seq := range uint64(21) {
		m := durable.Message{Topic: "home/t", Payload: fmt.Append(nil, seq), QoS: 2, Keep: true, From: full, FromID: 77,
			To: []durable.Dest{{To: quiet, Seq: seq, QoS: 1}, {To: full, Seq: 2 * seq, QoS: 2}}}
		if err := s.Publish(&m); err != nil {
			t.Fatal(err)
		}
	}
	s.DoneRange(quiet, 0, 1<<64-1)
	s.Pubrec(full, 0)
	s.DoneRange(full, 2, 10)
	want := `client 2 "home/quiet" "" 0 next 21 received []
client 3 "home/full" "home" 0 next 41 received [77]
 sub "home/#" 2
 queued 0 qos 2 released
`
	for seq := 12; seq <= 40; seq += 2 {
		want += fmt.Sprintf(" queued %d qos 2 retain false \"home/t\" \"%d\"\n", seq, seq/2)
	}
	want += fmt.Sprintf("retained %q\n", durable.Retained{Topic: "home/t", QoS: 2, Payload: []byte("20")})
	next := uint64(0)
	first := fs.Names()[0]
	for i := range 150 {
		if i%40 == 5 && set {
			s.SetClient(quiet, durable.ClientInfo{Key: "home/quiet"})
		}
		next = churn(t, s, busy, next, 150)
		synctest.Wait()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		var res *durable.Restored
		s, res = mustOpen(t, o)
		_, got, _ := strings.Cut(restored(res), "\n")
		if got != want {
			t.Errorf("after %d bytes more: %s", i*150, difference(got, want))
			break
		}
		if n := res.Clients[0].Next; n != next {
			t.Errorf("next of the busy one: got %d, want %d", n, next)
		}
	}
	if fs.Names()[0] == first {
		t.Errorf("the oldest file: got %s, want it cleaned away", first)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// A full disk stops cleaning that has to copy, and nothing else is lost by it.
func TestCleansAfterDiskFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fs, text := new(waltest.FS), new(bytes.Buffer)
		o := durable.Options{FS: fs, SegmentSize: 512, Log: slog.New(slog.NewTextHandler(text, nil))}
		s, _ := mustOpen(t, o)
		h := s.NewClient(durable.ClientInfo{Key: "a"})
		next := churn(t, s, h, 0, 400)
		fs.Limit(200)
		failed := 0
		for range 30 {
			m := durable.Message{Topic: "t", Payload: make([]byte, 80), To: []durable.Dest{{To: h, Seq: next, QoS: 1}}}
			if err := s.Publish(&m); err != nil {
				t.Fatal(err)
			}
			next++
			if s.Commit() != nil {
				failed++
			}
			<-time.After(50 * time.Millisecond)
		}
		if failed < 20 {
			t.Errorf("commits on a full disk: got %d failed, want nearly all", failed)
		}
		s.DoneRange(h, 0, next-3)
		fs.Limit(-1)
		<-time.After(time.Minute)
		if st := s.Stats(); st.Queued != 2 || st.Bytes > 2*st.Live+6*512 {
			t.Errorf("after there is room: got %+v, want 2 queued and a short log", st)
		}
		if !strings.Contains(text.String(), "cannot be written") || !strings.Contains(text.String(), "can be written again") {
			t.Errorf("log: got %s, want a line at both ends", text)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		s, res := mustOpen(t, o)
		if got := len(res.Clients[0].Queue); got != 2 || res.Clients[0].Next != next {
			t.Errorf("restored: got %d queued, next %d, want 2 and %d", got, res.Clients[0].Next, next)
		}
		_ = s.Close()
	})
}

// What nobody commits is safe after 100 ms all the same.
func TestPowerCutCostsAtMost100ms(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		fs := new(waltest.FS)
		s, _ := mustOpen(t, durable.Options{FS: fs})
		for i := range 5 {
			s.NewClient(durable.ClientInfo{Key: fmt.Sprint(i)})
			<-time.After(33 * time.Millisecond)
		}
		<-time.After(67 * time.Millisecond)
		after := fs.PowerCut(newRand(0))
		_ = s.Close()
		s, res := mustOpen(t, durable.Options{FS: after})
		if got := len(res.Clients); got != 5 {
			t.Errorf("clients 100 ms after the last call: got %d, want 5", got)
		}
		_ = s.Close()
	})
}

// A disk that takes nothing fills the memory up to a bound; what was refused
// then is not stored, everything else is.
func TestFullMemory(t *testing.T) {
	t.Parallel()
	fs := new(waltest.FS)
	o := durable.Options{FS: fs}
	s, _ := mustOpen(t, o)
	h := s.NewClient(durable.ClientInfo{Key: "a"})
	if err := s.Commit(); err != nil {
		t.Fatal(err)
	}
	fs.Limit(0)
	kept := 0
	for seq := range uint64(400) {
		m := durable.Message{Topic: "t", Payload: make([]byte, 64<<10), To: []durable.Dest{{To: h, Seq: seq, QoS: 1}}}
		err := s.Publish(&m)
		if err == nil {
			kept++
		} else if !errors.Is(err, waltest.ErrFull) {
			t.Fatalf("publish: got %v, want %v", err, waltest.ErrFull)
		}
		if err := s.Commit(); !errors.Is(err, waltest.ErrFull) {
			t.Fatalf("commit: got %v, want %v", err, waltest.ErrFull)
		}
	}
	if kept < 100 || kept > 200 {
		t.Errorf("messages of 64 KiB taken: got %d, want about 128", kept)
	}
	s.Done(h, 0)
	fs.Limit(-1)
	if err := s.Commit(); err != nil {
		t.Errorf("commit with room: got %v, want no error", err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	s, res := mustOpen(t, o)
	if got := len(res.Clients[0].Queue); got != kept-1 {
		t.Errorf("restored: got %d queued, want %d", got, kept-1)
	}
	_ = s.Close()
}
