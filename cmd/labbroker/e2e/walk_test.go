package e2e

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// walk is a class's first lesson: one server, the instructor at a computer, a
// student with a phone and a board.
type walk struct {
	t          *testing.T
	s          *Server
	began      time.Time
	teacher    *tab
	phone      *tab
	dir, stubs string // the board's files, and what stands for its hardware
	board      *program
	password   string // of the student, as the server made it
}

// TestWalk is the product as new users meet it: from an empty folder and the
// link on the console to a grade book with a student in it, over plain http at
// an address that a phone would use.
func TestWalk(t *testing.T) {
	t.Parallel()
	w := &walk{t: t, began: time.Now(), dir: t.TempDir()}
	var err error
	if w.stubs, err = filepath.Abs("testdata/board"); err != nil {
		t.Fatal(err)
	}
	host := lanAddress(t)
	w.s = startServer(t, Options{Bare: true, Args: []string{
		"--mqtt-addr", net.JoinHostPort(host, "0"), "--http-addr", net.JoinHostPort(host, "0"),
		"--mdns=false", // names in a network are for the network's own labbroker
	}})
	browser := startBrowser(t)
	w.teacher = newTab(t, browser, w.s).size(1280, 900)
	// A window of its own, with its own cookies.
	own, err := browser.Incognito()
	if err != nil {
		t.Fatal(err)
	}
	w.phone = newTab(t, own, w.s).size(360, 740)

	w.firstStart()
	w.setUp()
	w.roster()
	w.startLab()
	w.join()
	w.firstPoint()
	w.onTheWall()
	w.wrongPrefix()
	w.curve()
	w.newPassword()
	w.takeAlong()
	w.teacher.clean("net::ERR_ABORTED")            // a download leaves the page where it is
	w.phone.clean("a status of 401", "ERR_FAILED") // signed out by the new password
}

// lanAddress is an address of this machine as others see it, else one of the
// loopback's that browsers and boards treat as any other.
func lanAddress(t *testing.T) string {
	t.Helper()
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for _, a := range addrs {
		if ip, ok := a.(*net.IPNet); ok && ip.IP.To4() != nil && ip.IP.IsGlobalUnicast() {
			return ip.IP.String()
		}
	}
	return "127.0.0.2"
}

// firstStart takes the link from the console and sets the password.
func (w *walk) firstStart() {
	p := w.teacher
	path := printedLink(w.t, w.s)
	if want := "http://" + w.s.HTTP + path; !strings.Contains(w.s.Out.String(), want) {
		w.t.Errorf("the console: got %s, want the link %s", w.s.Out, want)
	}
	p.goTo(path)
	p.waitText("main", "Set your password")
	if host, _, _ := net.SplitHostPort(w.s.HTTP); !strings.HasPrefix(host, "127.") {
		if got := p.js(`() => isSecureContext`); got != false {
			w.t.Error("the page is what browsers call secure, so this test would not see what they keep for https")
		}
	}
	p.fill(`#set [name="password"]`, teacher)
	p.fill(`#set [name="again"]`, teacher)
	p.press("#set", "Set the password")
}

// setUp says what the class is called, its WiFi and that a code is needed.
func (w *walk) setUp() {
	p := w.teacher
	p.waitText("#setup", "Name of the class")
	p.fill(`#setup [name="name"]`, "Electronics & friends")
	p.fill(`#setup [name="wifi"]`, `EE49 "lab"`)
	p.fill(`#setup [name="wifi_password"]`, `r\sésistor`)
	p.click(`#setup [name="coded"]`)
	p.fill(`#setup [name="join_code"]`, "solar-427")
	p.click("#save")
	p.waitText("#saved", "Saved: the class's name, the WiFi and the join code.")
}

// roster uploads thirty people.
func (w *walk) roster() {
	p := w.teacher
	p.press(".classnav", "Roster")
	p.waitText("#empty", "Nobody is in the class yet.")
	file := filepath.Join(w.t.TempDir(), "class.csv")
	if err := os.WriteFile(file, []byte(classList()), 0o600); err != nil {
		w.t.Fatal(err)
	}
	input, err := p.Element("#file")
	if err == nil {
		err = input.SetFiles([]string{file})
	}
	if err != nil {
		w.t.Fatal(err)
	}
	p.waitText("#sums", "30 new, 29 sessions made.")
	p.click("#apply")
	p.waitText("#summary", "30 people, 29 sessions")
}

func (w *walk) startLab() {
	p := w.teacher
	p.press(".classnav", "Labs")
	p.waitText("#older", "No lab has been started")
	p.fill(`#start [name="name"]`, "Solar cell")
	p.press("#start", "Start the lab")
	p.waitText("#current-title", "Solar cell")
	p.waitText("#matrix thead", "connected 0 of 29")
}

// join is what a student does who comes after the list was made: with the
// address from the blackboard to a page with their board's code.
func (w *walk) join() {
	p := w.phone
	p.goTo("/")
	p.press("#enter", "Join")
	p.waitText("#title", "Join Electronics & friends")
	p.fill(`#joining [name="name"]`, "Noor Haddad")
	p.fill(`#joining [name="code"]`, "SOLAR-427")
	p.waitText("#wish strong", "noor")
	p.press("#joining", "Join")
	p.waitText("#light", "Your board is not connected yet")
	p.waitText(".program", `SESSION = "noor"`)
	p.waitText("#lab", "Solar cell 0 of 4")
	w.password = p.text("#password")
	p.narrow("a new student's page")
}

// firstPoint puts the page's program on the board.
func (w *walk) firstPoint() {
	p := w.phone
	wait := p.Browser().MustWaitDownload()
	p.download(`#code-part a[download="main.py"]`)
	w.save(string(wait()))
	w.reset()
	w.board.until("Connected as noor")
	p.waitText("#light", "Your board is connected")
	p.waitJS(`() => document.querySelector('#light').dataset.state === 'connected'
		&& [...document.querySelectorAll('#steps li')].every((n) => n.dataset.state === 'done')`)
	p.press("#pane-start", "Open Live")
	p.waitText("#values", "5.012")
	took := time.Since(w.began)
	w.t.Logf("from an empty folder to the first live point: %.1f s", took.Seconds())
	// What new users are promised. It takes a few seconds, so that only what is
	// badly wrong, or a machine with no time at all, comes near.
	if took > time.Minute {
		w.t.Errorf("from an empty folder to the first live point: got %.1f s, want under 60 s", took.Seconds())
	}
}

// save writes the board's main.py.
func (w *walk) save(text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, "main.py"), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

// edit changes the board's main.py, as the student does.
func (w *walk) edit(old, new string) {
	w.t.Helper()
	text, err := os.ReadFile(filepath.Join(w.dir, "main.py"))
	if err != nil || strings.Count(string(text), old) != 1 {
		w.t.Fatalf("main.py: got %v and\n%s\nwant %s in it once", err, text, old)
	}
	w.save(strings.Replace(string(text), old, new, 1))
}

// reset is the board's button: main.py starts again.
func (w *walk) reset() {
	w.t.Helper()
	if w.board != nil {
		w.board.stop()
	}
	w.board = runProgram(w.t, w.dir, "python3", "-B", "-u", "-c", "import sys; sys.path[:0] = sys.argv[1:]; import main", w.dir, w.stubs)
}

func (w *walk) onTheWall() {
	p := w.teacher
	p.front()
	p.press(".classnav", "Class")
	p.waitText("#status", "30 sessions")
	p.waitText("#summary", "29 never connected")
	p.waitText("#summary", "1 publishing")
	// Who is well stands last, below those who have not come: the instructor
	// searches, since tiles out of sight are not drawn.
	p.fill("#search", "haddad") // as typed at Join
	const tile = "#tiles [data-session=noor]"
	p.waitText(tile+" .status", "publishing")
	p.waitText(tile, "5.012")
	p.waitText(tile+" .people", "Noor Haddad")
}

// wrongPrefix is the commonest mistake, explained in three places.
func (w *walk) wrongPrefix() {
	const right, wrong = `SESSION + "/mcu/ina219"`, `"mcu/ina219"`
	const said = "You published to mcu/ina219. Your topics start with noor/: publish to noor/mcu/ina219."
	w.edit(right, wrong)
	w.reset()
	if got := w.board.until("The broker says:"); strings.ReplaceAll(got, "`", "") != said {
		w.t.Errorf("noor/errors, at the board: got %s, want %s", got, said)
	}
	w.phone.front()
	w.phone.waitText("#notices", said)
	w.teacher.front()
	w.teacher.waitText("#tiles [data-session=noor] .problems", "problem")
	w.edit(wrong, right)
	w.reset()
	w.board.until("Connected as noor")
}

// curve is a sweep and its plot by the board, which the lab asks for.
func (w *walk) curve() {
	b := connected(w.t, w.s, "noor", w.password)
	solarCurve(b, "noor", "IV", 40)
	order(b, "noor", "plot_series", `["IV",{"filename":"iv.pdf"}]`)
	order(b, "noor", "new_series", `["IV","Voltage [V]","Current [mA]"]`)
	order(b, "noor", "data", `["IV",0.1,80]`)
	w.phone.front()
	w.phone.waitText("#lab", "Solar cell 4 of 4")
	w.teacher.front()
	w.teacher.waitText("#tiles [data-session=noor]", "Pmpp")
	b.leave()
}

// newPassword is given on the wall; the old one is worth nothing from then on.
func (w *walk) newPassword() {
	p := w.teacher
	p.choose("noor", "New password")
	p.press("#sure", "New password")
	p.waitJS(`() => document.querySelector('#new-password')?.textContent.length > 5`)
	fresh := p.text("#new-password")
	if code := dial(w.t, w.s).connect("old", "noor", w.password); code != 4 {
		w.t.Errorf("the old password over MQTT: got CONNACK %d, want 4", code)
	}
	w.s.want(w.t, "noor", w.password, "/api/sessions/noor", 401)
	w.board.until("The broker refuses:")
	// As the page's scripts ask: else the browser would ask for a password.
	if status := w.phone.js(`async () => (await fetch('/api/sessions/noor', { headers: { 'X-Requested-With': 'labbroker' } })).status`); status != 401.0 {
		w.t.Errorf("the student's browser: got %v, want 401", status)
	}
	w.phone.front()
	w.phone.waitText("#panel", "Sign in")
	w.s.want(w.t, "noor", fresh, "/api/sessions/noor", 200)
	w.edit(`PASSWORD = "`+w.password+`"`, `PASSWORD = "`+fresh+`"`)
	w.password = fresh
	w.reset()
	w.board.until("Connected as noor")
	p.front()
	p.press("dialog[open]", "Close")
	p.waitText("#tiles [data-session=noor] .status", "publishing")
}
