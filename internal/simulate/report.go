package simulate

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"labbroker/internal/board"
)

// Progress is the state of a run.
type Progress struct {
	Elapsed      time.Duration // since the start
	Boards       int
	Connected    int
	Published    int64
	Acknowledged int64
	InFlight     int64   // published, neither acknowledged nor lost
	Lost         int64   // never acknowledged: their connection ended first
	Rate         float64 // acknowledged messages a second, over the last second
}

// String is one line.
func (p Progress) String() string {
	return fmt.Sprintf("%5.0f s  %d of %d boards connected  %s/s  %s published  %s acknowledged  %s in flight  %s lost",
		p.Elapsed.Seconds(), p.Connected, p.Boards, group(int64(p.Rate+0.5)),
		group(p.Published), group(p.Acknowledged), group(p.InFlight), group(p.Lost))
}

// Report is the outcome of a run. Elapsed, Rate (the mean) and the latencies
// are of the time after all boards had connected, the counts of all of it;
// Connected is how many were connected at the end.
type Report struct {
	Progress
	Target      float64       // rate asked for, a second and board
	First       string        // the first board's session
	Skipped     int64         // readings not sent as too many waited for their acknowledgement
	Reconnects  int64         // connections after a board's first
	Hints       int64         // sentences that the broker told boards about mistakes
	Acked       board.Summary // publish to PUBACK
	Page        board.Summary // reading taken to its row in the live stream, of up to four sessions
	PageMissing string        // why Page is empty; "" when it is not
	Removed     int           // sessions that are gone again
	Kept        int           // sessions that are still there
	KeptWhy     string        // why; "" when it was asked for
	Problem     string        // the boards' last trouble; "" = none
}

// String is the report for an instructor, several lines.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s at %s/s for %s: %s published, %s acknowledged, %s lost.\n",
		count(r.Boards, "board"), number(r.Target), r.Elapsed.Round(100*time.Millisecond),
		group(r.Published), group(r.Acknowledged), group(r.Lost))
	asked := r.Target * float64(r.Boards)
	fmt.Fprintf(&b, "%s of %s messages a second were acknowledged", group(int64(r.Rate+0.5)), group(int64(asked+0.5)))
	if r.Skipped > 0 {
		fmt.Fprintf(&b, "; %s readings were left out, as acknowledgements were too late", group(r.Skipped))
	}
	fmt.Fprintln(&b, ".")
	fmt.Fprintf(&b, "Publish to acknowledgement  %s\n", latencies(r.Acked))
	if r.PageMissing == "" {
		fmt.Fprintf(&b, "Publish to page             %s\n", latencies(r.Page))
	} else {
		fmt.Fprintf(&b, "Publish to page             not measured: %s\n", r.PageMissing)
	}
	if r.Reconnects > 0 {
		fmt.Fprintf(&b, "Boards had to connect again %s times.\n", group(r.Reconnects))
	}
	if r.Connected < r.Boards {
		fmt.Fprintf(&b, "Only %d of %d boards were connected at the end.\n", r.Connected, r.Boards)
	}
	if r.Hints > 0 {
		fmt.Fprintf(&b, "The broker sent %s.\n", count(int(r.Hints), "hint"))
	}
	if r.Problem != "" {
		fmt.Fprintf(&b, "Last trouble: %s\n", r.Problem)
	}
	switch {
	case r.Kept == 0:
		fmt.Fprintf(&b, "Removed: %s.", count(r.Removed, "simulated session"))
	case r.KeptWhy == "":
		fmt.Fprintf(&b, "Kept: %s.", count(r.Kept, "simulated session"))
	default:
		fmt.Fprintf(&b, "Removed: %s; %s could not be: %s", count(r.Removed, "simulated session"), group(int64(r.Kept)), r.KeptWhy)
	}
	return b.String()
}

// Healthy says that nothing was lost or left out and all boards stayed.
func (r Report) Healthy() bool {
	return r.Lost == 0 && r.Skipped == 0 && r.Reconnects == 0 && r.Connected == r.Boards
}

func latencies(s board.Summary) string {
	if s.Count == 0 {
		return "nothing measured"
	}
	return fmt.Sprintf("p50 %s  p95 %s  p99 %s  longest %s", ms(s.P50), ms(s.P95), ms(s.P99), ms(s.Max))
}

// ms has two or three digits that matter.
func ms(d time.Duration) string {
	switch f := float64(d) / 1e6; {
	case f < 10:
		return fmt.Sprintf("%.2f ms", f)
	case f < 100:
		return fmt.Sprintf("%.1f ms", f)
	default:
		return fmt.Sprintf("%.0f ms", f)
	}
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return group(int64(n)) + " " + what
}

// group writes thousands apart: 54,000.
func group(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
