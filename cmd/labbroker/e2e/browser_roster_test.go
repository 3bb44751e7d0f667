package e2e

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/go-rod/rod/lib/proto"
)

// classList are 30 people in two sections, two of them a team, as a
// spreadsheet in another country saves it.
func classList() string {
	names := []string{"Ada Lovelace", "Żółć Ćma", "李雷", "Иван Щукин", "Jürgen Groß", "Marie Curie"}
	var b strings.Builder
	b.WriteString("\ufeffName;Gruppe;Team\r\n")
	for i := range 30 {
		name, team := fmt.Sprintf("Student %c", 'A'+i), ""
		if i < len(names) {
			name = names[i]
		}
		if i == 6 || i == 7 {
			team = "Sun"
		}
		fmt.Fprintf(&b, "%s;%c;%s\r\n", name, 'A'+i%2, team)
	}
	return b.String()
}

// manage opens the dialog of a session.
func (p *tab) manage(session string) *tab {
	p.t.Helper()
	p.waitJS(`(s) => document.querySelector('#people tr[data-session="' + s + '"] button') !== null`, session)
	p.js(`(s) => document.querySelector('#people tr[data-session="' + s + '"] button').click()`, session)
	p.waitJS(`() => document.querySelector('#manage').open`)
	return p
}

// TestBrowserRoster: the instructor uploads a list of 30, sees mistakes by line
// before anything is changed, prints slips with a QR code each, gives a new
// password, renames, archives, and deletes after the data was saved.
func TestBrowserRoster(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	browser := startBrowser(t)
	p := newTab(t, browser, s).goTo("/roster")
	p.waitText("#panel", "The roster is the instructor’s")
	p.js(`(password) => {
		const form = document.querySelector('#signin');
		form.elements.password.value = password;
		form.requestSubmit();
	}`, teacher)
	p.waitText("#empty", "Nobody is in the class yet.")

	// Mistakes by line, and nothing half applied.
	paste := func(list string) {
		p.js(`(list) => {
			document.querySelector('#pasting').open = true;
			document.querySelector('#paste').value = list;
			document.querySelector('#look').click();
		}`, list)
	}
	paste("name,session\nAda,ada\nBob,b b\n,eve\n")
	p.waitText("#preview", "2 mistakes. Nothing was changed.")
	p.waitText("#preview .mistakes", "Line 3")
	p.waitText("#preview .mistakes", "Line 4")
	p.accessible("/roster with mistakes")
	if got := p.js(`() => document.querySelector('#apply') === null`); got != true {
		t.Error("a list with mistakes can be applied")
	}
	if r := s.roster(t, "/api/roster"); len(r.Sessions) != 0 {
		t.Errorf("after mistakes: got %+v, want nothing", r.Sessions)
	}

	// A file of 30.
	file := t.TempDir() + "/class.csv"
	if err := os.WriteFile(file, []byte(classList()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := p.MustElement("#file").SetFiles([]string{file}); err != nil {
		t.Fatal(err)
	}
	p.waitText("#sums", "30 new, 29 sessions made. Nothing is changed before you apply it.")
	if r := s.roster(t, "/api/roster"); len(r.Sessions) != 0 {
		t.Errorf("after looking: got %d sessions, want none", len(r.Sessions))
	}
	p.accessible("/roster with a list")
	p.click("#apply")
	p.waitText("#summary", "30 people, 29 sessions")
	p.waitText("#people tr[data-session=zolc]", "Żółć Ćma")
	p.waitText("#people tr[data-session=sun]", "team of 2")

	p.accessible("/roster")

	// Search, sections, sorting.
	p.js(`() => { const s = document.querySelector('#section'); s.value = 'B'; s.dispatchEvent(new Event('input')); }`)
	p.waitJS(`() => document.querySelectorAll('#people tbody tr').length === 15`)
	p.click(`#heads [data-by=session]`)
	p.waitJS(`() => {
		const names = [...document.querySelectorAll('#people tbody tr')].map((r) => r.dataset.session);
		return names.length === 15 && names.every((n, i) => !i || names[i - 1].localeCompare(n, undefined, { numeric: true }) <= 0);
	}`)
	p.js(`() => {
		document.querySelector('#section').value = '';
		const s = document.querySelector('#search'); s.value = '李'; s.dispatchEvent(new Event('input'));
	}`)
	p.waitJS(`() => document.querySelectorAll('#people tbody tr').length === 1`)
	p.js(`() => { const s = document.querySelector('#search'); s.value = ''; s.dispatchEvent(new Event('input')); }`)

	// One more by hand, who is told their password.
	p.click("#add")
	p.js(`() => {
		const form = document.querySelector('#person');
		form.elements.name.value = 'Zoë Late';
		form.requestSubmit();
	}`)
	p.waitText("#manage", "Zoë Late is in the roster")
	p.waitText("#manage", "zoe")
	late := p.text("#secret")
	connected(t, s, "zoe", late)
	p.js(`() => document.querySelector('#manage').close()`)

	testSlips(p)
	testAccounts(p, browserSlip(t, s, "ada"))
	for _, width := range []int{1280, 360} {
		for _, path := range []string{"/roster", "/roster/slips"} {
			p.size(width, 800).goTo(path)
			p.waitText("main", "Curie")
			if got := p.js(`() => document.documentElement.scrollWidth - document.documentElement.clientWidth`); got.(float64) > 0 {
				t.Errorf("%s at %d px: got %v px to scroll sideways, want none", path, width, got)
			}
		}
	}
	p.clean("status of 401", "status of 404") // asked on purpose
}

// testSlips looks at the page that is printed.
func testSlips(p *tab) {
	p.t.Helper()
	p.js(`async () => {
		await fetch('/api/class', { method: 'PUT', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ wifi: 'A network whose name is 32 bytes' }) });
	}`)
	p.goTo("/roster/slips")
	p.waitText(".slip[data-session=sun]", "A network whose")
	p.waitJS(`() => {
		const codes = [...document.querySelectorAll('.slip img.qr')];
		return codes.length === 31 && codes.every((c) => c.complete && c.naturalWidth > 0);
	}`)
	if got := p.js(`() => document.querySelectorAll('.sheet').length`); got != 4.0 {
		p.t.Errorf("sheets of 2 x 4: got %v, want 4", got)
	}
	uncut := func(layout string) {
		p.t.Helper()
		if got := p.js(`() => [...document.querySelectorAll('.slip')].filter((s) => s.scrollHeight > s.clientHeight + 1).map((s) => s.dataset.session + ' ' + s.scrollHeight + '>' + s.clientHeight).join(', ')`); got != "" {
			p.t.Errorf("%s: what stands on these slips is cut off: %v", layout, got)
		}
	}
	uncut("2 x 4")
	p.js(`() => { const s = document.querySelector('#layout'); s.value = '15'; s.dispatchEvent(new Event('input')); }`)
	p.waitJS(`() => document.querySelectorAll('.sheet').length === 3`)
	p.waitText(".slip[data-session=sun]", "with Student")
	uncut("3 x 5")
	p.accessible("/roster/slips")
	for _, paper := range [][2]float64{{8.27, 11.69}, {8.5, 11}} { // A4, Letter
		margin := 8 / 25.4
		r, err := proto.PagePrintToPDF{
			PaperWidth: &paper[0], PaperHeight: &paper[1], MarginTop: &margin, MarginBottom: &margin, MarginLeft: &margin, MarginRight: &margin,
		}.Call(p.Page)
		if err != nil {
			p.t.Fatal(err)
		}
		if got := strings.Count(string(r.Data), "/Type /Page\n"); got != 3 {
			p.t.Errorf("printed on %v in: got %d pages, want 3", paper, got)
		}
	}
	p.js(`() => { const s = document.querySelector('#section'); s.value = 'B'; s.dispatchEvent(new Event('input')); }`)
	p.waitJS(`() => document.querySelectorAll('.slip').length === 15`)
}

// browserSlip is the password on a session's slip.
func browserSlip(t *testing.T, s *Server, name string) string {
	t.Helper()
	slips := s.roster(t, "/api/roster/slips?session="+name).Slips
	if len(slips) != 1 || slips[0].Password == "" || !strings.HasPrefix(slips[0].QR, "<svg") {
		t.Fatalf("got %+v, want one slip with a password", slips)
	}
	return slips[0].Password
}

// testAccounts does to ada what can be done to a session; password is on her
// slip.
func testAccounts(p *tab, password string) {
	t, s := p.t, p.s
	t.Helper()
	board := connected(t, s, "ada", password)
	for i := range 5 {
		board.publish1("ada/x", fmt.Sprintf(`{"voltage":%d}`, i))
	}
	eventually(t, func() string { return want(s.rows(t, "ada", "x"), 5) })

	// A new password: the old one fails at once.
	p.goTo("/roster").manage("ada")
	p.accessible("the dialog of a person")
	p.js(`() => document.querySelector('#password').requestSubmit()`)
	p.waitText("#manage", "ada has a new password")
	fresh := p.text("#secret")
	closed(board)
	if code := dial(t, s).connect("b", "ada", password); code != 4 {
		t.Errorf("the old password over MQTT: got CONNACK %d, want 4", code)
	}
	if status, _ := s.Get(t, "ada", password, "/api/sessions/ada"); status != 401 {
		t.Errorf("the old password over HTTP: got %d, want 401", status)
	}
	board = connected(t, s, "ada", fresh)
	p.js(`() => document.querySelector('#manage').close()`)

	// Another name: the rows go along.
	p.manage("ada")
	p.js(`() => {
		const form = document.querySelector('#rename');
		form.elements.name.value = 'lovelace';
		form.requestSubmit();
	}`)
	p.waitText("#people tr[data-session=lovelace]", "Ada Lovelace")
	closed(board)
	if got := s.rows(t, "lovelace", "x"); got != 5 {
		t.Errorf("renamed: got %d rows, want 5", got)
	}
	if code := dial(t, s).connect("b", "ada", fresh); code != 5 {
		t.Errorf("the old name: got CONNACK %d, want 5", code)
	}
	connected(t, s, "lovelace", fresh).c.Close()
	if got := p.js(`async () => (await fetch('/s/ada')).url`); !strings.HasSuffix(got.(string), "/s/lovelace") {
		t.Errorf("the old name's page: got %v, want the new one's", got)
	}

	// Archived: nobody gets in, and she is not on the wall.
	p.manage("lovelace")
	p.js(`() => document.querySelector('#archive button').click()`)
	p.waitText("#summary", "1 archived")
	if code := dial(t, s).connect("b", "lovelace", fresh); code != 5 {
		t.Errorf("archived: got CONNACK %d, want 5", code)
	}
	if _, body := s.Get(t, "instructor", teacher, "/api/sessions"); strings.Contains(string(body), "lovelace") {
		t.Error("an archived session is on the wall")
	}

	// Deleted after her data was saved.
	p.js(`() => { const s = document.querySelector('#which'); s.value = 'archived'; s.dispatchEvent(new Event('input')); }`)
	p.manage("lovelace")
	if got := p.js(`() => document.querySelector('#delete').disabled`); got != true {
		t.Error("a session can be deleted before its data was saved")
	}
	wait := p.Browser().MustWaitDownload()
	p.click("#save")
	if data := string(wait()); !strings.Contains(data, "voltage_V") {
		t.Errorf("saved: got %.80q, want the readings", data)
	}
	p.waitJS(`() => !document.querySelector('#delete').disabled`)
	p.click("#delete")
	p.waitJS(`() => !document.querySelector('#manage').open`)
	p.waitText("#summary", "30 people, 29 sessions")
	if got := s.rows(t, "lovelace", "x"); got != -1 {
		t.Errorf("deleted: got %d rows, want none", got)
	}
}
