package dashboard

import (
	"encoding/json"
	"testing"
	"time"
)

func TestInstantIsAlwaysAsLong(t *testing.T) {
	t.Parallel()
	zone := time.FixedZone("CET", 3600)
	for in, want := range map[time.Time]string{
		time.Date(2026, 11, 23, 0, 0, 0, 0, zone):             `"2026-11-22T23:00:00.000Z"`,
		time.Date(2026, 11, 22, 23, 0, 0, 700e6, time.UTC):    `"2026-11-22T23:00:00.700Z"`,
		time.Date(2026, 11, 22, 23, 0, 0, 999e6+999999, zone): `"2026-11-22T22:00:00.999Z"`,
	} {
		got, err := json.Marshal(milli(in))
		if err != nil || string(got) != want {
			t.Errorf("got %s, %v for %v, want %s", got, err, in, want)
		}
	}
	if got, _ := json.Marshal(moment(time.Time{})); string(got) != "null" {
		t.Errorf("got %s for no time, want null", got)
	}
}
