package main

import "testing"

func TestGarbage(t *testing.T) {
	t.Parallel()
	for live, want := range map[uint64]int{0: 400, 20 << 20: 400, 64 << 20: 200, 128 << 20: 100, 4 << 30: 100} {
		if got := garbage(live); got != want {
			t.Errorf("%d bytes live: got %d per cent, want %d", live, got, want)
		}
	}
}
