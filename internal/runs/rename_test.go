package runs

import (
	"context"
	"fmt"
	"testing"
	"time"

	"labbroker/internal/ingest"
)

// TestRename: a run that goes on goes on under the new name, and ends there.
func TestRename(t *testing.T) {
	t.Parallel()
	c := newClass(t)
	c.send("new_series", `["IV", "Current [mA]", "Voltage [V]"]`)
	for i := range 5 {
		c.send("data", fmt.Sprintf(`["IV", %d, 1]`, i))
	}
	c.runs("IV 1 series 1-0 0")
	err := c.pipe.Rename("ada", "Eve", func() error {
		return c.rec.Rename("ada", "Eve", func() error { return c.store.RenameSession(context.Background(), "ada", "Eve") })
	})
	if err != nil {
		t.Fatal(err)
	}
	c.runs()
	send := func(topic, payload string) {
		c.pipe.Accept(ingest.Message{Session: "Eve", Topic: topic, Payload: []byte(payload), At: time.Now()})
	}
	send("new_series", `["IV", "Current [mA]", "Voltage [V]"]`)
	send("data", `["IV", 9, 1]`)
	c.wait(func() string {
		list, err := c.store.Runs(context.Background(), "eve")
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, r := range list {
			got += fmt.Sprintf("%s %s %d-%d %d; ", r.Session, r.Name, r.First, r.Last, r.Rows)
		}
		if want := "Eve IV 2 6-0 0; Eve IV 1 1-5 5; "; got != want {
			return fmt.Sprintf("got %q, want %q", got, want)
		}
		return ""
	})
}
