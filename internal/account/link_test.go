package account

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestLink(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path, Options{})
	if b.UseLink("") || b.UseLink("x") || b.LinkOpen("") {
		t.Error("a link that nobody made opens")
	}
	first, err := b.NewLink()
	if err != nil {
		t.Fatal(err)
	}
	token, kept, err := NewLink(path) // by another process
	if err != nil || token == first || kept {
		t.Fatalf("got %q, %v, %v, want another token and no password kept", token, kept, err)
	}
	if b.UseLink(first) {
		t.Error("an older link opens")
	}
	follow(t, b)
	if !b.LinkOpen(token) || b.LinkOpen(token+"0") || b.LinkOpen(first) {
		t.Error("LinkOpen: got another answer than yes for the newest link alone")
	}
	if data := read(t, path); strings.Contains(data, token) {
		t.Error("the token stands in the file, want its sum only")
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	used := 0
	for range 8 {
		wg.Go(func() {
			if b.UseLink(token) {
				mu.Lock()
				used++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if used != 1 {
		t.Errorf("the link worked %d times, want once", used)
	}
	b = reopen(t, b, path, Options{})
	if b.LinkOpen(token) || b.UseLink(token) {
		t.Error("a used link opens after a restart")
	}
	if err := b.SetInstructor("long enough"); err != nil {
		t.Fatal(err)
	}
	if _, kept, err := NewLink(path); err != nil || !kept {
		t.Errorf("with a password: got %v, %v, want that it is kept", kept, err)
	}
}

// TestLinkEnds after a day in which nobody used it.
func TestLinkEnds(t *testing.T) {
	t.Parallel()
	path := file(t)
	synctest.Test(t, func(t *testing.T) {
		b := open(t, path, Options{})
		token, err := b.NewLink()
		if err != nil {
			t.Fatal(err)
		}
		<-time.After(linkLife - 2*time.Second)
		if !b.LinkOpen(token) {
			t.Error("within a day: got closed, want open")
		}
		<-time.After(2 * time.Second)
		if b.LinkOpen(token) || b.UseLink(token) {
			t.Error("after a day: got open, want closed")
		}
	})
}
