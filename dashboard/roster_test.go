package dashboard

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"labbroker/internal/account"
	"labbroker/internal/class"
	"labbroker/internal/series"
)

// upload looks at a list and, unless it has mistakes, applies it.
func (l *lab) upload(csv string) planJSON {
	l.t.Helper()
	plan := decode[planJSON](l.t, l.do("POST", rosterList, csv, boss).body)
	if plan.Plan == "" {
		return plan
	}
	got := l.do("POST", rosterList+"?apply="+plan.Plan, csv, boss)
	if got.status != 200 {
		l.t.Fatalf("apply: got %d %s", got.status, got.body)
	}
	return decode[planJSON](l.t, got.body)
}

func (l *lab) roster() map[string]enrolledJSON {
	l.t.Helper()
	out := map[string]enrolledJSON{}
	for _, x := range decode[rosterJSON](l.t, l.get("/api/roster", boss).body).Sessions {
		out[x.Session] = x
	}
	return out
}

func TestUpload(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	const list = "name,section,password\nAda Lovelace,A,\nEve,B,s3cret\n"
	plan := decode[planJSON](t, l.do("POST", rosterList, list, boss).body)
	if plan.Applied || plan.Plan == "" || plan.Made != 2 || len(plan.Lines) != 2 || plan.Lines[0].Person.Session != "ada-l" {
		t.Errorf("got %+v, want two lines, ada-l among them", plan)
	}
	if n := len(l.class.People()); n != 0 {
		t.Errorf("after looking: got %d people, want none", n)
	}
	if got := l.upload(list); !got.Applied {
		t.Errorf("got %+v, want it applied", got)
	}
	r := l.roster()
	if x := r["ada-l"]; len(x.People) != 1 || x.Password != "generated" || x.Section != "A" || !x.Account {
		t.Errorf("got %+v, want Ada with a generated password", x)
	}
	if x := r["eve"]; x.Password != "chosen" {
		t.Errorf("got %+v, want Eve with a chosen password", x)
	}
	if x := r["ada"]; len(x.People) != 0 || x.Password != "chosen" {
		t.Errorf("got %+v, want ada without people", x)
	}
	if got := l.get("/api/sessions/eve", basic("eve", "s3cret")).status; got != 200 {
		t.Errorf("as Eve: got %d, want 200", got)
	}

	// Once more nothing changes; what was looked at before does not hold.
	again := decode[planJSON](t, l.do("POST", rosterList, list, boss).body)
	if again.Lines[0].Does != "same" || again.Lines[1].Password != "given" || again.Made != 0 {
		t.Errorf("again: got %+v, want the same people", again)
	}
	got := l.do("POST", rosterList+"?apply="+plan.Plan, list, boss)
	if text := got.sentence(t); got.status != 409 || !strings.HasPrefix(text, "The class has changed since") {
		t.Errorf("an old plan: got %d %q, want 409", got.status, text)
	}
}

func TestUploadMistakes(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	const list = "name,session\nAda,a b\nEve,eve\n,x\n"
	plan := l.upload(list)
	if plan.Plan != "" || len(plan.Problems) != 2 || plan.Problems[0].Line != 2 || plan.Problems[1].Line != 4 || len(plan.Lines) != 0 {
		t.Errorf("got %+v, want mistakes in lines 2 and 4", plan)
	}
	if got := l.do("POST", rosterList+"?apply=x", list, boss); got.status != 400 {
		t.Errorf("applied all the same: got %d, want 400", got.status)
	}
	if _, ok := l.people.Find("eve"); ok || len(l.class.People()) != 0 {
		t.Error("half of the list was applied")
	}
	big := l.do("POST", rosterList, "name\n"+strings.Repeat("a\n", 1<<20), boss)
	if big.status != 413 || !strings.HasPrefix(big.sentence(t), "The file is larger than 1024 KB") {
		t.Errorf("a large file: got %d %s, want 413", big.status, big.body)
	}
	if got := l.do("POST", "/api/roster/people", `{"name":"`+strings.Repeat("a", maxBody)+`"}`, boss); got.status != 413 {
		t.Errorf("a large body elsewhere: got %d, want 413", got.status)
	}
}

// fullBook refuses to make accounts.
type fullBook struct{ *people }

func (fullBook) Enrol([]account.Enrolment) error { return account.ErrFull }

func TestUploadIsUndone(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	l.upload("name,session\nBob,bob\n")
	l.dash.Accounts = fullBook{l.people}
	const list = "name\nEve\n"
	plan := decode[planJSON](t, l.do("POST", rosterList, list, boss).body)
	if got := l.do("POST", rosterList+"?apply="+plan.Plan, list, boss); got.status != 409 || !strings.HasPrefix(got.sentence(t), "Nothing was changed") {
		t.Errorf("got %d %s, want 409", got.status, got.body)
	}
	if got := l.class.People(); len(got) != 1 || got[0].Name != "Bob" {
		t.Errorf("got %+v, want Bob alone as before", got)
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	got := l.do("POST", "/api/roster/people", `{"name":" Żółć  Ćma ","section":"A"}`, boss)
	if want := `{"session":"zolc","password":"made-zolc"}`; got.status != 201 || strings.TrimSpace(got.body) != want {
		t.Errorf("got %d %s, want 201 %s", got.status, got.body, want)
	}
	for _, tc := range []struct {
		method, body string
		want         int
		text         string
	}{
		{"POST", `{"name":"żółć ćma","section":"A"}`, 409, "`żółć ćma` is in the roster already, as zolc."},
		{"POST", `{"name":""}`, 400, "The name is missing."},
		{"POST", `{"name":"x","session":"class"}`, 400, `The session "class" is reserved.`},
		{"POST", `{"name":"x","section":"a/b"}`, 400, "x: the section has one of / + #"},
		{"PUT", `{"before":{"name":"Nobody","session":"x"},"after":{"name":"y","session":"x"}}`, 409, "`Nobody` is not in the roster as you see it."},
		{"PUT", `{"before":{"name":"Żółć Ćma","session":"zolc","section":"A"},"after":{"name":"Żółć Ćma","session":"a b"}}`, 400, "The session `a b` has other characters"},
		{"PUT", `{"before":{"name":"Żółć Ćma","session":"zolc","section":"A"},"after":{"name":"","session":"zolc"}}`, 400, "The name is missing."},
		{"DELETE", `{"name":"Nobody","session":"x"}`, 409, "`Nobody` is not in the roster"},
	} {
		if got := l.do(tc.method, "/api/roster/people", tc.body, boss); got.status != tc.want || !strings.HasPrefix(got.sentence(t), tc.text) {
			t.Errorf("%s %s: got %d %s, want %d %s", tc.method, tc.body, got.status, got.body, tc.want, tc.text)
		}
	}
	// To the session of Ada: a team.
	got = l.do("PUT", "/api/roster/people", `{"before":{"name":"Żółć Ćma","session":"zolc","section":"A"},"after":{"name":"Żółć Ćma","session":"ADA","seat":"7"}}`, boss)
	if want := `{"session":"ada","password":""}`; got.status != 200 || strings.TrimSpace(got.body) != want {
		t.Errorf("got %d %s, want %s", got.status, got.body, want)
	}
	if x := l.roster()["ada"]; len(x.People) != 1 || x.People[0] != (class.Person{Name: "Żółć Ćma", Session: "ada", Seat: "7"}) {
		t.Errorf("got %+v, want her with ada", x)
	}
	if got := l.do("DELETE", "/api/roster/people", `{"name":"Żółć Ćma","session":"ada","seat":"7"}`, boss); got.status != 204 || len(l.class.People()) != 0 {
		t.Errorf("got %d, people %v, want her gone", got.status, l.class.People())
	}
	if _, ok := l.people.Find("zolc"); !ok {
		t.Error("her session is gone, want it to stay")
	}
}

func TestAccountsOfTheRoster(t *testing.T) {
	t.Parallel()
	var renamed []string
	l := newLab(t, Options{Rename: func(_ context.Context, from, to string) error {
		renamed = append(renamed, from+" "+to)
		return map[string]error{"bob": account.ErrTaken, "data": series.ErrTaken, "listed": account.ErrListed, "busy": account.ErrBusy}[strings.ToLower(to)]
	}})
	for _, tc := range []struct {
		method, path, body string
		want               int
		text               string
	}{
		{"PUT", "/api/roster/sessions/zoe/password", `{}`, 404, "There is no such session."},
		{"PUT", "/api/roster/sessions/zoe/name", `{"name":"x"}`, 404, "There is no such session."},
		{"PUT", "/api/roster/sessions/ada/password", `{"password":"` + strings.Repeat("a", 129) + `"}`, 400, "The password is longer than 128 bytes."},
		{"PUT", "/api/roster/sessions/ada/name", `{"name":""}`, 400, "The new name is missing."},
		{"PUT", "/api/roster/sessions/ada/name", `{"name":"a b"}`, 400, "`a b` cannot be a name: it has other"},
		{"PUT", "/api/roster/sessions/ada/name", `{"name":"Instructor"}`, 400, "`Instructor` cannot be a name: it is reserved."},
		{"PUT", "/api/roster/sessions/ada/name", `{"name":"bob"}`, 409, "`bob` is another session's name."},
		{"PUT", "/api/roster/sessions/ada/name", `{"name":"data"}`, 409, "`data` is another session's name."},
		{"PUT", "/api/roster/sessions/ada/name", `{"name":"listed"}`, 409, "ada stands in the class list that the server was started with"},
		{"PUT", "/api/roster/sessions/ada/name", `{"name":"busy"}`, 503, "The session cannot be renamed right now."},
		{"PUT", "/api/roster/sessions/sim-1/name", `{"name":"eve"}`, 400, "Simulated sessions keep their names."},
		{"POST", "/api/roster/archive", `{"sessions":["ada","zoe"],"archived":true}`, 404, "There is no account `zoe`."},
	} {
		if got := l.do(tc.method, tc.path, tc.body, boss); got.status != tc.want || !strings.HasPrefix(got.sentence(t), tc.text) {
			t.Errorf("%s %s %s: got %d %s, want %d %s", tc.method, tc.path, tc.body, got.status, got.body, tc.want, tc.text)
		}
	}
	if l.people.Archived("ada") {
		t.Error("half of a list was archived")
	}
	if got := l.do("PUT", "/api/roster/sessions/ADA/name", `{"name":" lovelace/ "}`, boss); got.status != 200 || renamed[len(renamed)-1] != "ada lovelace" {
		t.Errorf("got %d %s, renamed %q, want ada to lovelace", got.status, got.body, renamed)
	}
	if got := l.do("PUT", "/api/roster/sessions/ada/password", `{"password":"mine"}`, boss); got.status != 200 || !strings.Contains(got.body, `"password":""`) {
		t.Errorf("a chosen password: got %d %s, want it not shown", got.status, got.body)
	}
	if got := l.get("/api/sessions/ada", basic("ada", "mine")).status; got != 200 {
		t.Errorf("with the chosen password: got %d, want 200", got)
	}
	renewed := decode[enrolledOne](t, l.do("PUT", "/api/roster/sessions/ada/password", `{}`, boss).body)
	if got := l.get("/api/sessions/ada", basic("ada", renewed.Password)).status; got != 200 || renewed.Password == "" {
		t.Errorf("with the new password %q: got %d, want 200", renewed.Password, got)
	}
	if got := l.do("POST", "/api/roster/archive", `{"sessions":["ada"],"archived":true}`, boss); got.status != 204 {
		t.Errorf("got %d %s, want 204", got.status, got.body)
	}
	if got := l.get("/api/sessions/ada", basic("ada", renewed.Password)).status; got != 401 {
		t.Errorf("archived: got %d, want 401", got)
	}
	if x := l.roster()["ada"]; !x.Archived {
		t.Errorf("got %+v, want it archived", x)
	}
	if strings.Contains(l.get("/api/sessions", boss).body, `"session":"ada"`) {
		t.Error("an archived session is on the wall")
	}
}

func TestRosterCSV(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{})
	l.upload("name,display name,section,team,seat\n=1+1,王小明,A,T,3\nBob,,B,T,\n")
	got := l.get("/api/roster.csv", boss)
	want := "\ufeffname,display name,session,section,seat,password\r\n'=1+1,王小明,t,A,3,made-t\r\nBob,,t,B,,made-t\r\n"
	if !strings.HasPrefix(got.body, want) || !strings.Contains(got.body, "\r\nada,,ada,,,\r\n") || strings.Contains(got.body, "sim-1") {
		t.Errorf("got %q, want %q and ada behind it", got.body, want)
	}
	if got := l.get("/api/roster.csv?section=B", boss).body; strings.Count(got, "\r\n") != 2 {
		t.Errorf("of section B: got %q, want one person", got)
	}
	// What it says can be uploaded again.
	if plan := decode[planJSON](t, l.do("POST", rosterList, got.body, boss).body); len(plan.Problems) > 0 {
		t.Errorf("uploaded again: got %+v", plan.Problems)
	}
}

func TestSlips(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{Addresses: func() Addresses {
		return Addresses{MQTT: []string{"192.168.1.5:1883"}, HTTP: []string{"http://192.168.1.5:8080/"}}
	}})
	var b strings.Builder
	b.WriteString("name,section,team\n")
	for i := range 30 {
		team := ""
		if i < 2 {
			team = "sun"
		}
		fmt.Fprintf(&b, "Student %c,%c,%s\n", 'A'+i, 'A'+i%2, team)
	}
	if p := l.upload(b.String()); !p.Applied {
		t.Fatalf("got %+v, want it applied", p)
	}
	s := decode[slipsJSON](t, l.get("/api/roster/slips?section=A", boss).body)
	if len(s.Slips) != 15 || s.MQTT != "192.168.1.5:1883" || s.Page != "http://192.168.1.5:8080" {
		t.Errorf("got %d slips, %s, %s, want 15 with the addresses", len(s.Slips), s.MQTT, s.Page)
	}
	first := s.Slips[0]
	if first.Session != "sun" || first.Password != "made-sun" || len(first.Team) != 1 || !strings.HasPrefix(first.QR, "<svg ") {
		t.Errorf("got %+v, want the team's slip", first)
	}
	all := decode[slipsJSON](t, l.get("/api/roster/slips", boss).body)
	if len(all.Slips) != 32 { // and ada and Bob
		t.Errorf("of all: got %d, want 32", len(all.Slips))
	}
	one := decode[slipsJSON](t, l.get("/api/roster/slips?"+url.Values{"session": {"ADA"}}.Encode(), boss).body)
	if len(one.Slips) != 1 || one.Slips[0].Kind != "chosen" || one.Slips[0].Password != "" || one.Slips[0].QR == "" {
		t.Errorf("of ada: got %+v, want one whose password is chosen", one.Slips)
	}
	if err := l.people.Archive("ada", true); err != nil {
		t.Fatal(err)
	}
	if got := len(decode[slipsJSON](t, l.get("/api/roster/slips", boss).body).Slips); got != 31 {
		t.Errorf("with one archived: got %d, want 31", got)
	}
}
