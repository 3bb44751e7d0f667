package e2e

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Two sessions of the matrix; secret is what must not cross.
const (
	alicesPassword = "alice's own"
	bobsPassword   = "bob's own"
	secret         = "not for bob"
)

// TestNothingCrosses is the matrix: what alice says and keeps does not reach
// bob, and bob does not reach alice, whatever the access mode, the quality of
// service, the client or the way. The instructor sees all of it.
func TestNothingCrosses(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"claim", "roster", "open"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			s := startMode(t, mode)
			// Both names are taken before anybody publishes below them.
			publish(t, s, "alice", alicesPassword, "alice/hello", "1")
			publish(t, s, "bob", bobsPassword, "bob/hello", "1")
			for qos := range byte(3) {
				t.Run(fmt.Sprintf("qos%d", qos), func(t *testing.T) { crossing(t, s, qos) })
			}
			t.Run("client id", func(t *testing.T) { sameClientID(t, s) })
			t.Run("refused", func(t *testing.T) { refusals(t, s) })
		})
	}
}

func startMode(t *testing.T, mode string) *Server {
	t.Helper()
	dir := t.TempDir()
	args := []string{"--access", mode, "--session-rate", "0"}
	if mode == "roster" {
		roster := filepath.Join(dir, "class.csv")
		text := "name,session,password\nA. L.,alice," + alicesPassword + "\nB. B.,bob," + bobsPassword + "\n"
		if err := os.WriteFile(roster, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--roster", roster)
	}
	return startServer(t, Options{Dir: dir, Args: args})
}

// crossing sends everything that alice can send, by mosquitto_pub and by a raw
// board, and looks at what each of bob's subscriptions got.
func crossing(t *testing.T, s *Server, qos byte) {
	q := fmt.Sprint(qos)
	end, hush := "end of "+q, secret+" "+q
	// bob tries every way to hear; SUBACK says which filters he may have.
	granted := []string{"#", "+/#", "+/+", "+", "bob/#", "+/public/#", "$share/g/#", "$share/g/+/x", "alice/public/x", "$share/h/alice/public/#", "$SYS/#"}
	refused := []string{"alice/#", "alice/x", "alice", "alice/+", "ALICE/x", "$share/g/alice/#", "alice/+/x", "alice/Public/x"}
	ears := map[string]*board{}
	for i, filter := range append(slices.Clone(granted), refused...) {
		b := dial(t, s)
		if code := b.connect(fmt.Sprint("ear", qos, "-", i), "bob", bobsPassword); code != 0 {
			t.Fatalf("bob: got CONNACK %d, want 0", code)
		}
		want := qos
		if i >= len(granted) {
			want = 0x80
		}
		if got := b.subscribe(filter, qos); got != want {
			t.Errorf("bob subscribes to %s: got %#x, want %#x", filter, got, want)
		}
		// Its own way to hear of the end, beside what is tried.
		if got := b.subscribe("bob/end", qos); got != qos {
			t.Errorf("bob subscribes to bob/end: got %#x, want %#x", got, qos)
		}
		ears[filter] = b
	}
	// One of mosquitto's own, and the instructor, who is to hear it all.
	mosquitto := mosquittoSub(t, s, "bob", bobsPassword, "-q", q, "-t", "#", "-t", "alice/#", "-t", "bob/end")
	teachers := mosquittoSub(t, s, "instructor", teacher, "-q", q, "-t", "#")

	own := []string{"alice", "alice/x", "alice/mcu/" + q, "alice/publicx", "alice/errorsx"}
	for _, topic := range append(own, "alice/public/x") {
		for _, retain := range [][]string{nil, {"-r"}} {
			publish(t, s, "alice", alicesPassword, topic, hush, append(retain, "-q", q)...)
			teachers.until(topic + " " + hush)
		}
	}
	// A will, of a board that vanishes.
	w := dial(t, s)
	w.will = &lastWill{topic: "alice/gone", payload: hush, qos: qos, retain: true}
	if code := w.connect("will"+q, "alice", alicesPassword); code != 0 {
		t.Fatalf("alice with a will: got CONNACK %d, want 0", code)
	}
	w.c.Close()
	teachers.until("alice/gone " + hush)
	// What bob says to alice, live, retained and as a will, goes nowhere.
	mouth := dial(t, s)
	if code := mouth.connect("mouth"+q, "bob", bobsPassword); code != 0 {
		t.Fatalf("bob: got CONNACK %d, want 0", code)
	}
	for _, topic := range []string{"alice/x", "alice", "alice/public/x", "ALICE/x", "class/x", "$SYS/x", "nobody/x", "/alice/x"} {
		mouth.publish(topic, "from bob", qos, false)
		mouth.publish(topic, "from bob", qos, true)
	}
	for _, topic := range []string{"alice/gone", "class/gone", "$SYS/gone", "nobody/gone"} {
		b := dial(t, s)
		b.will = &lastWill{topic: topic, payload: "from bob", qos: qos}
		if code := b.connect("bobswill", "bob", bobsPassword); code != 5 {
			t.Errorf("bob's will to %s: got CONNACK %d, want 5", topic, code)
		}
	}
	mouth.publish("bob/end", end, qos, false)

	for filter, b := range ears {
		for {
			topic, payload := b.message()
			if payload == end {
				break
			}
			if strings.Contains(payload, secret) && topic != "alice/public/x" {
				t.Errorf("bob's %s at QoS %d: got %q at %s", filter, qos, payload, topic)
			}
		}
	}
	for _, line := range mosquitto.until("bob/end " + end) {
		if strings.Contains(line, secret) && !strings.HasPrefix(line, "alice/public/x ") {
			t.Errorf("bob's mosquitto_sub at QoS %d: got %q", qos, line)
		}
	}
	for _, line := range teachers.until("bob/end " + end) {
		if strings.Contains(line, "from bob") {
			t.Errorf("the instructor at QoS %d: got %q, which is refused", qos, line)
		}
	}
	// What is retained, for somebody who comes now.
	late := mosquittoSub(t, s, "bob", bobsPassword, "-q", q, "-t", "#", "-t", "alice/#", "-t", "alice/x", "-t", "bob/end")
	mouth.publish("bob/end", end, qos, false)
	for _, line := range late.until("bob/end " + end) {
		if strings.Contains(line, secret) && !strings.HasPrefix(line, "alice/public/x ") || strings.Contains(line, "from bob") {
			t.Errorf("bob comes later, QoS %d: got %q", qos, line)
		}
	}
}

// sameClientID: boards of two sessions have one client id; neither throws the
// other out, nor gets what was kept for it.
func sameClientID(t *testing.T, s *Server) {
	alice := dial(t, s)
	alice.keep = true
	if code := alice.connect("umqtt_client", "alice", alicesPassword); code != 0 {
		t.Fatalf("alice: got CONNACK %d, want 0", code)
	}
	alice.subscribe("alice/queue", 1)
	bob := dial(t, s)
	if code := bob.connect("umqtt_client", "bob", bobsPassword); code != 0 {
		t.Fatalf("bob: got CONNACK %d, want 0", code)
	}
	alice.publish1("alice/alive", "1") // still on
	alice.c.Close()
	for i := range 5 {
		publish(t, s, "alice", alicesPassword, "alice/queue", fmt.Sprint(secret, i))
	}
	bob.c.Close()
	bob = dial(t, s)
	bob.keep = true
	if code := bob.connect("umqtt_client", "bob", bobsPassword); code != 0 || bob.present {
		t.Fatalf("bob again: got CONNACK %d, session present %v, want 0 and none", code, bob.present)
	}
	bob.subscribe("bob/mark", 1)
	bob.publish1("bob/mark", "mark")
	if topic, payload := bob.message(); payload != "mark" {
		t.Errorf("bob: got %q at %s, want his own", payload, topic)
	}
	alice = dial(t, s)
	alice.keep = true
	if code := alice.connect("umqtt_client", "alice", alicesPassword); code != 0 || !alice.present {
		t.Fatalf("alice again: got CONNACK %d, session present %v, want 0 and hers", code, alice.present)
	}
	for i := range 5 {
		if topic, payload := alice.message(); topic != "alice/queue" || payload != fmt.Sprint(secret, i) {
			t.Errorf("alice's queue: got %q at %s, want number %d", payload, topic, i)
		}
	}
}

// refusals: a refused publish at QoS 1 is acknowledged, its sender stays, and
// the sentence stands in the API.
func refusals(t *testing.T, s *Server) {
	b := dial(t, s)
	if code := b.connect("tries", "bob", bobsPassword); code != 0 {
		t.Fatalf("bob: got CONNACK %d, want 0", code)
	}
	b.subscribe("bob/errors", 0)
	b.publish1("alice/other", "1")
	if topic, text := b.message(); topic != "bob/errors" || !strings.Contains(text, "`alice/other` belongs to alice") {
		t.Errorf("got %q at %s, want the sentence at bob/errors", text, topic)
	}
	b.publish1("bob/still", "here")
	if n := notices(t, s, "bob", bobsPassword); !strings.Contains(n["other-session"], "belongs to alice") {
		t.Errorf("notices: got %v, want other-session", n)
	}
	if code, _ := s.Get(t, "bob", bobsPassword, "/api/sessions/alice/series"); code != 403 {
		t.Errorf("bob reads alice's series: got %d, want 403", code)
	}
}

// publish sends a message and waits for its acknowledgements.
func (b *board) publish(topic, payload string, qos byte, retain bool) {
	b.t.Helper()
	header, body := 0x30|qos<<1, field(topic)
	if retain {
		header |= 1
	}
	if qos > 0 {
		body = append(body, 0, 1)
	}
	b.send(header, append(body, payload...))
	last := byte(1)
	switch qos {
	case 1:
		last, _ = b.await(4)
	case 2:
		if last, _ = b.await(5); last != 0 {
			b.send(0x62, []byte{0, 1})
			last, _ = b.await(7)
		}
	}
	if last == 0 {
		b.t.Fatalf("publish to %s at QoS %d: the connection ended without an acknowledgement", topic, qos)
	}
}

// listener is a running mosquitto_sub.
type listener struct {
	t     *testing.T
	lines *bufio.Reader
}

// mosquittoSub runs mosquitto_sub -v and returns when it is subscribed, which a
// retained message of the user's own says: what else it prints is late.
func mosquittoSub(t *testing.T, s *Server, user, password string, args ...string) *listener {
	t.Helper()
	host, port, err := net.SplitHostPort(s.MQTT)
	if err != nil {
		t.Fatal(err)
	}
	publish(t, s, user, password, user+"/ready", "yes", "-r")
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, "mosquitto_sub", append([]string{"-v", "-t", user + "/ready", "-h", host, "-p", port,
		"-u", user, "-P", password}, args...)...)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
	})
	l := &listener{t, bufio.NewReader(out)}
	l.until(user + "/ready yes")
	return l
}

// until returns the lines up to one that begins like that.
func (l *listener) until(last string) []string {
	l.t.Helper()
	var lines []string
	for {
		line, err := l.lines.ReadString('\n')
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, last) {
			return lines
		}
		if err != nil {
			l.t.Fatalf("mosquitto_sub ended (%v) before %q, after:\n%s", err, last, strings.Join(lines, "\n"))
		}
		lines = append(lines, line)
	}
}
