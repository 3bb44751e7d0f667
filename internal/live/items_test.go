package live

import (
	"fmt"
	"testing"
	"time"
)

func itemsOf(pairs ...any) []Item {
	list := []Item{}
	for i := 0; i < len(pairs); i += 2 {
		id := int64(pairs[i].(int))
		list = append(list, Item{id, fmt.Appendf(nil, `{"id":%d,"x":%q}`, id, pairs[i+1])})
	}
	return list
}

func TestOnlyWhatChangedIsSent(t *testing.T) {
	t.Parallel()
	var known items
	for _, step := range []struct {
		name string
		list []Item
		want string
	}{
		{"nothing", itemsOf(), ""},
		{"the first", itemsOf(1, "a"), `[{"id":1,"x":"a"}]`},
		{"the same", itemsOf(1, "a"), ""},
		{"another", itemsOf(2, "b", 1, "a"), `[{"id":2,"x":"b"}]`},
		{"changed", itemsOf(2, "c", 1, "a"), `[{"id":2,"x":"c"}]`},
		{"gone", itemsOf(1, "a"), `[{"id":2,"removed":true}]`},
		{"all gone", itemsOf(), `[{"id":1,"removed":true}]`},
	} {
		next, data := known.change(step.list)
		if string(data) != step.want {
			t.Errorf("%s: got %s, want %s", step.name, data, step.want)
		}
		known = next
	}
}

// TestOlderThanAFullList is not the same as removed.
func TestOlderThanAFullList(t *testing.T) {
	t.Parallel()
	full := func(first int) []Item {
		var list []Item
		for id := first; id < first+MaxItems; id++ {
			list = append(list, itemsOf(id, "x")...)
		}
		return list
	}
	known, _ := items(nil).change(full(1))
	known, data := known.change(full(2))
	if want := fmt.Sprintf(`[{"id":%d,"x":"x"}]`, MaxItems+1); string(data) != want {
		t.Errorf("got %s, want %s", data, want)
	}
	list := append(itemsOf(1, "x"), full(2)...)
	list = append(list[:100], list[101:]...)
	if _, data = known.change(list); string(data) != `[{"id":1,"x":"x"},{"id":101,"removed":true}]` {
		t.Errorf("got %s, want the one before again and 101 gone", data)
	}
}

// TestWhatANewWatcherKnows is told as removed later, though the room was not
// told of it.
func TestWhatANewWatcherKnows(t *testing.T) {
	t.Parallel()
	known, _ := items(nil).change(itemsOf(1, "a"))
	known = known.learn(itemsOf(2, "b", 1, "other"))
	if _, data := known.change(itemsOf(1, "a")); string(data) != `[{"id":2,"removed":true}]` {
		t.Errorf("got %s, want 2 gone", data)
	}
}

func TestListsWait(t *testing.T) {
	t.Parallel()
	now := time.Unix(1e9, 0)
	r := &room{}
	for _, step := range []struct {
		after time.Duration
		marks Mark
		want  Mark
	}{
		{0, MarkRuns | MarkState, MarkRuns},
		{Tick, MarkRuns, 0},
		{Tick, MarkPlots, 0},
		{Tick, 0, 0},
		{2 * Tick, 0, MarkRuns | MarkPlots},
		{listsEvery, 0, 0},
		{Tick, MarkPlots, MarkPlots},
	} {
		now = now.Add(step.after)
		if got := r.due(step.marks, now); got != step.want {
			t.Errorf("after %v with %b: got %b, want %b", step.after, step.marks, got, step.want)
		}
	}
}
