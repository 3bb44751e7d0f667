package e2e

import (
	"context"
	"encoding/csv"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// checkHistory reads every reading back.
func (x *crash) checkHistory() {
	x.t.Helper()
	for _, src := range x.writes {
		if !src.reading {
			continue
		}
		sent, _ := src.seen()
		var twice, turned int
		limit := time.Now().Add(patient)
		for {
			var lost int
			lost, twice, turned = x.history(src, sent)
			if lost == 0 {
				break
			}
			if time.Now().After(limit) {
				x.judge.fault(nil, "history of %s: reading %d and perhaps others are not there, %d were acknowledged", src.topic, lost, sent)
				break
			}
			x.pause(context.Background(), 100*time.Millisecond)
		}
		x.t.Logf("history of %-10s QoS %d: %d readings, %d of them twice, %d out of order", src.topic, src.qos, sent, twice, turned)
	}
}

// history returns the first number that is not there, how often one is there
// again, and how often one stands behind a greater one.
func (x *crash) history(src *source, sent int) (lost, twice, turned int) {
	x.t.Helper()
	_, series, _ := strings.Cut(src.topic, "/")
	code, body := x.now.Get(x.t, src.session, password(src.session), "/api/sessions/"+src.session+"/rows.csv?series="+url.QueryEscape(series))
	if code == 404 {
		return 1, 0, 0
	}
	lines, err := csv.NewReader(strings.NewReader(string(body))).ReadAll()
	if err != nil || code != 200 {
		x.t.Fatalf("rows of %s: got %d, %v", src.topic, code, err)
	}
	seen, most := make([]bool, sent+1), 0
	for _, l := range lines[1:] {
		n, err := strconv.Atoi(l[len(l)-1])
		if err != nil || n < 1 || n > sent {
			x.judge.fault(nil, "history of %s: got %q, which was never sent", src.topic, l)
			continue
		}
		if seen[n] {
			twice++
		} else if n < most {
			turned++
		}
		seen[n], most = true, max(most, n)
	}
	for n := 1; n <= sent; n++ {
		if !seen[n] {
			return n, twice, turned
		}
	}
	return 0, twice, turned
}

func (x *crash) report() {
	j, sent := x.judge, 0
	for _, src := range x.writes {
		n, _ := src.seen()
		sent += n
	}
	const few = 10
	x.t.Logf("%d kills under load or at rest, %d more during start-up; from start to listening: median %v at first, %v in the end, at most %v",
		len(x.took)-1, x.early, median(x.took[:min(few, len(x.took))]), median(x.took[max(0, len(x.took)-few):]), slices.Max(x.took))
	x.t.Logf("%d messages sent, %d acknowledged; %d deliveries, %d of them again at QoS 1",
		sent, j.acks.Load(), j.deliveries.Load(), j.again.Load())
	x.t.Logf("subscribers went away %d times of their own, and came back %d times with open QoS 2 handshakes; publishers came back %d times with messages under way",
		j.breaks.Load(), j.halfway.Load(), j.comeback.Load())
}

func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2].Round(time.Millisecond)
}
