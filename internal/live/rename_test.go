package live

import (
	"errors"
	"testing"
	"testing/synctest"
)

// TestRename: what is known of a session is known under its new name, and who
// watched the old one is sent away.
func TestRename(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newClass(t)
		id := c.define("ada", "x", voltage)
		c.append(id, 5)
		b := c.browse("ada", -1)
		synctest.Wait()
		if err := c.hub.Load(t.Context(), "eve"); err != nil { // somebody looked for it
			t.Fatal(err)
		}
		if err := c.store.RenameSession(t.Context(), "ada", "Eve"); err != nil {
			t.Fatal(err)
		}
		c.hub.Rename("ada", "Eve")
		synctest.Wait()
		if err := <-b.err; !errors.Is(err, ErrGone) {
			t.Errorf("the old name's stream: got %v, want ErrGone", err)
		}
		c.append(id, 6)
		if _, ok := c.hub.Find("ada"); ok {
			t.Error("the old name is found")
		}
		if name, _ := c.hub.Find("eve"); name != "Eve" {
			t.Errorf("got the spelling %q, want Eve", name)
		}
		if l := c.hub.Latest("eve"); len(l) != 1 || l[0].Row.Seq != 2 || l[0].Info.Session != "Eve" {
			t.Errorf("got %+v, want the second row", l)
		}
	})
}
