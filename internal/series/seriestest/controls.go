package seriestest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"labbroker/internal/series"
)

// controls are kept in their order, bounded, and go where their session goes.
func controls(t *testing.T, open Make) {
	s := open(t, nil)
	ctx := context.Background()
	list := func(sess string) string {
		t.Helper()
		l, err := s.Controls(ctx, sess)
		if err != nil || l == nil {
			t.Fatalf("Controls: got %v, %v", l, err)
		}
		text := ""
		for _, c := range l {
			text += c.Session + string(c.Data) + " "
		}
		return text
	}
	want := func(what, sess, want string) {
		t.Helper()
		if got := list(sess); got != want {
			t.Errorf("%s: got %q, want %q", what, got, want)
		}
	}
	var ids []int64
	for i := range 3 {
		c, err := s.PutControl(ctx, series.Control{Session: "Ada", Data: json.RawMessage(fmt.Sprint("{", i, "}"))})
		if err != nil || c.ID == 0 {
			t.Fatalf("got %+v, %v", c, err)
		}
		ids = append(ids, c.ID)
	}
	if _, err := s.PutControl(ctx, series.Control{Session: "bob", Data: json.RawMessage("{9}")}); err != nil {
		t.Fatal(err)
	}
	want("new ones", "ada", "Ada{0} Ada{1} Ada{2} ")
	for range 3 {
		if err := s.OrderControls(ctx, "ada", []int64{ids[2], 99999, ids[0]}); err != nil {
			t.Fatal(err)
		}
	}
	want("ordered", "ada", "Ada{2} Ada{0} Ada{1} ")
	if _, err := s.PutControl(ctx, series.Control{ID: ids[0], Session: "ADA", Data: json.RawMessage("{7}")}); err != nil {
		t.Fatal(err)
	}
	want("changed", "ada", "Ada{2} Ada{7} Ada{1} ")
	if err := s.DeleteControl(ctx, "ada", ids[2]); err != nil {
		t.Fatal(err)
	}
	want("one less", "ada", "Ada{7} Ada{1} ")
	for what, err := range map[string]error{
		"deleted again": s.DeleteControl(ctx, "ada", ids[2]),
		"another's":     s.DeleteControl(ctx, "bob", ids[0]),
	} {
		if !errors.Is(err, series.ErrNotFound) {
			t.Errorf("%s: got %v, want not found", what, err)
		}
	}
	if _, err := s.PutControl(ctx, series.Control{ID: ids[0], Session: "bob", Data: json.RawMessage("{}")}); !errors.Is(err, series.ErrNotFound) {
		t.Errorf("another's: got %v, want not found", err)
	}
	if _, err := s.PutControl(ctx, series.Control{Session: "ada", Data: json.RawMessage(strings.Repeat(" ", series.MaxControlBytes+1))}); !errors.Is(err, series.ErrFull) {
		t.Errorf("too large: got %v, want full", err)
	}
	for range series.MaxControls - 2 {
		if _, err := s.PutControl(ctx, series.Control{Session: "ada", Data: json.RawMessage("{}")}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.PutControl(ctx, series.Control{Session: "ada", Data: json.RawMessage("{}")}); !errors.Is(err, series.ErrFull) {
		t.Errorf("one too many: got %v, want full", err)
	}
	if err := s.RenameSession(ctx, "ada", "Eve"); err != nil {
		t.Fatal(err)
	}
	want("of the old name", "ada", "")
	if got := list("eve"); !strings.HasPrefix(got, "Eve{7} Eve{1} ") {
		t.Errorf("renamed: got %q", got)
	}
	if err := s.DeleteSession(ctx, "eve"); err != nil {
		t.Fatal(err)
	}
	want("deleted", "eve", "")
	want("another's", "bob", "bob{9} ")
}
