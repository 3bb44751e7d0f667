package standing

import "testing"

func TestAlmost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"ada", "ada", true}, {"adda", "ada", true}, {"ad", "ada", true}, {"aad", "ada", true}, {"adb", "ada", true}, {"ada ", "ada", true},
		{"bda", "ada", true}, {"dad", "ada", false}, {"bob", "ada", false}, {"adaxx", "ada", false}, {"", "ada", false}, {"", "a", false}, {"a", "b", false},
		{"team-12", "team-21", true}, {"team-12", "team-33", false},
	} {
		if got := almost(tt.a, tt.b); got != tt.want {
			t.Errorf("%q, %q: got %v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}
