package ingest

import (
	"testing"
	"time"

	"labbroker/sensor"
)

func TestDeviceClock(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 2, 1, 10, 0, 0, 0, time.UTC)
	type say struct {
		at      time.Duration // arrival after start
		clock   sensor.Clock
		want    time.Duration // device time after start
		restart bool
	}
	count := func(v float64) sensor.Clock { return sensor.Clock{Kind: sensor.ClockCount, Value: v} }
	millis := func(v float64) sensor.Clock { return sensor.Clock{Kind: sensor.ClockMillis, Value: v} }
	unix := float64(start.Unix())
	for _, tc := range []struct {
		name string
		says []say
	}{
		{"Unix seconds", []say{
			{0, count(unix - 3), -3 * time.Second, false}, {time.Second, count(unix - 2), -2 * time.Second, false}}},
		{"Unix milliseconds", []say{{0, count(unix*1000 + 500), 500 * time.Millisecond, false}}},
		{"Unix microseconds", []say{{0, count(unix*1e6 + 500000), 500 * time.Millisecond, false}}},
		{"seconds since 2000", []say{{0, count(unix - epoch2000 + 2), 2 * time.Second, false}}},
		{"milliseconds since 2000", []say{{0, millis((unix - epoch2000) * 1000), 0, false}}},
		{"since boot, seconds", []say{
			{0, count(12.5), 0, false}, {time.Second, count(13.5), time.Second, false}, {2100 * time.Millisecond, count(14.5), 2 * time.Second, false}}},
		{"since boot, milliseconds", []say{
			{0, count(12500), 0, false}, {time.Second, count(13480), 980 * time.Millisecond, false}}},
		{"since boot, said", []say{
			{0, millis(12), 0, false}, {time.Millisecond, millis(512), 500 * time.Millisecond, false}}},
		{"a burst is spread", []say{
			{0, count(5000), 0, false}, {0, count(5100), 100 * time.Millisecond, false}, {time.Millisecond, count(5200), 200 * time.Millisecond, false}}},
		{"a restart", []say{
			{0, count(100.5), 0, false}, {time.Second, count(101.5), time.Second, false},
			{9 * time.Second, count(1.5), 9 * time.Second, true}, {10 * time.Second, count(2.5), 10 * time.Second, false}}},
		{"the time comes from the network", []say{
			{0, count(7), 0, false}, {time.Second, count(unix + 1), time.Second, false}}},
		{"and is gone", []say{
			{0, count(unix), 0, false}, {time.Second, count(3), time.Second, true}}},
		{"set back", []say{
			{0, count(unix + 60), time.Minute, false}, {time.Second, count(unix + 1), time.Second, true}}},
		{"a date", []say{{0, sensor.Clock{Kind: sensor.ClockDate, Unix: start.UnixNano()}, 0, false}}},
		{"a local date", []say{
			{0, sensor.Clock{Kind: sensor.ClockLocal, Unix: start.Add(-8*time.Hour + time.Second).UnixNano()}, time.Second, false},
			{time.Second, sensor.Clock{Kind: sensor.ClockLocal, Unix: start.Add(-8*time.Hour + 2*time.Second).UnixNano()}, 2 * time.Second, false}}},
		{"an old date", []say{
			{0, sensor.Clock{Kind: sensor.ClockLocal, Unix: start.Add(-240 * time.Hour).UnixNano()}, -240 * time.Hour, false}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var d deviceClock
			for i, s := range tc.says {
				got, restart := d.at(s.clock, start.Add(s.at).UnixNano())
				off := time.Duration(got - start.UnixNano())
				if (off-s.want).Abs() > time.Microsecond || restart != s.restart {
					t.Errorf("message %d: got %v, restart %v, want %v, %v", i, off, restart, s.want, s.restart)
				}
			}
		})
	}
}

func TestDeviceClockTakesAnything(t *testing.T) {
	t.Parallel()
	var d deviceClock
	now := time.Now().UnixNano()
	for _, v := range []float64{0, -1, 1e300, -1e300, 5, 1e18, 1e19, 3, float64(now), float64(now / 1e9), 7} {
		for _, k := range []sensor.ClockKind{sensor.ClockCount, sensor.ClockMillis, sensor.ClockSeconds} {
			if at, _ := d.at(sensor.Clock{Kind: k, Value: v}, now); at < 0 {
				t.Errorf("count %g: got %d, want no time before 1970", v, at)
			}
		}
	}
}
