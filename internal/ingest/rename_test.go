package ingest

import (
	"context"
	"errors"
	"testing"
	"time"

	"labbroker/internal/series/memory"
)

// TestRename: rows go on under the new name, those too that come late from a
// connection of the old one, and a row that waits for siblings is not lost.
func TestRename(t *testing.T) {
	t.Parallel()
	c := newClass(t, Options{}, memory.Options{})
	c.send("x/voltage", "1")
	want := errors.New("disk")
	if err := c.p.Rename("ada", "eve", func() error { return want }); !errors.Is(err, want) {
		t.Errorf("got %v, want the store's error", err)
	}
	c.send("x/voltage", "2")
	move := func() error { return c.store.RenameSession(context.Background(), "ada", "eve") }
	if err := c.p.Rename("ada", "eve", move); err != nil {
		t.Fatal(err)
	}
	c.send("x/voltage", "3")
	c.p.Accept(Message{Session: "eve", Topic: "x/voltage", Payload: []byte("4"), At: time.Now()})
	if err := c.p.Rename("eve", "Eve", func() error { return c.store.RenameSession(context.Background(), "eve", "Eve") }); err != nil {
		t.Fatal(err)
	}
	rows := func(name string) int64 {
		info, err := c.store.Get(context.Background(), name, "x")
		if err != nil {
			return -1
		}
		if info.Session != "Eve" && info.Session != "ada" {
			t.Errorf("got a series of %s", info.Session)
		}
		return info.Rows
	}
	if got := rows("eve"); got != 4 {
		t.Errorf("the new name: got %d rows, want 4", got)
	}
	if got := rows("ada"); got != -1 {
		t.Errorf("the old name: got %d rows, want no series", got)
	}

	// Somebody else is ada now.
	c.p.Anew("ada")
	c.send("x", `{"voltage": 1}`)
	if got := rows("ada"); got != 1 {
		t.Errorf("the name anew: got %d rows, want 1", got)
	}
	if got := rows("eve"); got != 4 {
		t.Errorf("the renamed one: got %d rows, want 4", got)
	}
}
