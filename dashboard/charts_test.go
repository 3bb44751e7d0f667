package dashboard

import (
	"strings"
	"testing"

	"labbroker/dashboard/chart"
	"labbroker/internal/series"
)

const hostile = `</script><script>alert(1)</script><img src=x onerror=alert(1)>"'__f__alert(1)__f__`

func TestHostileNamesAreData(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	l.define("ada", hostile, series.Column{Name: hostile, Unit: hostile})
	query := "?series=" + strings.NewReplacer("<", "%3C", ">", "%3E", "/", "%2F", `"`, "%22", "'", "%27", " ", "%20", "=", "%3D").Replace(hostile)
	for _, path := range []string{"/series", "/rows" + query, "/charts" + query} {
		got := l.get("/api/sessions/ada"+path, ada)
		if got.status != 200 || strings.Contains(got.body, "<script") || strings.Contains(got.body, "<img") {
			t.Errorf("GET %s: got %d %s, want the name escaped", path, got.status, got.body)
		}
	}
	out := decode[chart.Set](t, l.get("/api/sessions/ada/charts"+query, ada).body)
	list := out.Time[0].Option["series"].([]any)
	if got := list[0].(map[string]any)["name"]; got != hostile {
		t.Errorf("got name %q, want %q", got, hostile)
	}
}
