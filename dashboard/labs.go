package dashboard

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	labs "labbroker/internal/lab"
	"labbroker/internal/notice"
	"labbroker/internal/session"
)

func (s *Server) labRoutes() []route {
	const one = "/api/labs/{lab}"
	return []route{
		{"GET", "/labs", anyone, s.getLabsPage},
		{"GET", "/api/sessions/{session}/lab", reader, s.getOwnLab},
		{"GET", "/api/labs", instructor, s.getLabs},
		{"POST", "/api/labs", instructor, s.postLab},
		{"GET", one, instructor, s.getLab},
		{"DELETE", one, instructor, s.deleteLab},
		{"POST", one + "/end", instructor, s.endLab},
		{"PUT", one + "/ticks", instructor, s.putTick},
		{"GET", one + "/gradebook.csv", instructor, s.getGradeBook},
		{"GET", "/api/archives", instructor, s.getArchives},
		{"POST", "/api/archives", instructor, s.postArchive},
		{"GET", "/api/archives/{export}", instructor, s.getArchive},
		{"DELETE", "/api/archives/{export}", instructor, s.deleteArchive},
		{"GET", "/api/archives/{export}/file", instructor, s.getArchiveFile},
		{"GET", "/api/class/empty", instructor, s.getEmpty},
		{"POST", "/api/class/empty", instructor, s.postEmpty},
		{"DELETE", "/api/class/empty", instructor, s.deleteEmpty},
	}
}

func (s *Server) getLabsPage(w http.ResponseWriter, r *http.Request, _ call) error {
	return s.render(w, r, http.StatusOK, Page{Page: "labs"})
}

// labStepJSON is a step of a checklist.
type labStepJSON struct {
	labs.Step
	Title string `json:"title"`
}

// labJSON is a lab.
type labJSON struct {
	ID      int64         `json:"id"`
	Name    string        `json:"name"`
	Steps   []labStepJSON `json:"steps"`
	Started instant       `json:"started"`
	Ended   *instant      `json:"ended"` // null = it runs
}

func labOf(l labs.Lab) labJSON {
	out := labJSON{ID: l.ID, Name: l.Name, Steps: []labStepJSON{}, Started: milli(l.Started), Ended: moment(l.Ended)}
	for _, st := range l.Steps {
		out.Steps = append(out.Steps, labStepJSON{st, st.Title()})
	}
	return out
}

// tickJSON is a step that was done.
type tickJSON struct {
	At instant `json:"at"`
	By string  `json:"by"`
}

func ticksOf(c labs.Card) []*tickJSON {
	out := make([]*tickJSON, len(c.Ticks))
	for i, t := range c.Ticks {
		if t.Done() {
			out[i] = &tickJSON{milli(t.At), t.By}
		}
	}
	return out
}

// rowJSON is a session's line of a lab.
type rowJSON struct {
	Session  string      `json:"session"`
	People   []string    `json:"people"`
	Section  string      `json:"section"`
	Seat     string      `json:"seat"`
	Archived bool        `json:"archived"`
	Ticks    []*tickJSON `json:"ticks"` // by step; null = not done
	Done     int         `json:"done"`
}

// progressJSON is how far a session is in the running lab.
type progressJSON struct {
	ID   int64 `json:"id"`
	Done int   `json:"done"`
	Of   int   `json:"of"`
}

func (p *progressJSON) key() string {
	if p == nil {
		return ""
	}
	return fmt.Sprint(p.ID, p.Done, p.Of)
}

func (s *Server) labProgress(name string) *progressJSON {
	if s.o.Labs == nil || simulated(name) {
		return nil
	}
	l, card, ok := s.o.Labs.Card(name)
	if !ok {
		return nil
	}
	return &progressJSON{l.ID, card.Done(), len(card.Ticks)}
}

// labDone is how many steps of the running lab sessions have done, by
// session.Key, and how many there are.
func (s *Server) labDone() (done map[string]int, steps int) {
	if s.o.Labs == nil {
		return nil, 0
	}
	return s.o.Labs.Done()
}

var errNoLabs = fail(http.StatusNotImplemented, "This server keeps no labs.")

func (s *Server) getOwnLab(w http.ResponseWriter, _ *http.Request, c call) error {
	out := struct {
		Lab   *labJSON    `json:"lab"` // null = none runs
		Ticks []*tickJSON `json:"ticks"`
		Done  int         `json:"done"`
	}{Ticks: []*tickJSON{}}
	if s.o.Labs != nil && !simulated(c.name) {
		if l, card, ok := s.o.Labs.Card(c.name); ok {
			x := labOf(l)
			out.Lab, out.Ticks, out.Done = &x, ticksOf(card), card.Done()
		}
	}
	return sendJSON(w, http.StatusOK, out)
}

func (s *Server) getLabs(w http.ResponseWriter, _ *http.Request, _ call) error {
	out := struct {
		Version uint64    `json:"version"` // another number after every change
		Now     instant   `json:"now"`
		Labs    []labJSON `json:"labs"` // the newest first
	}{Now: milli(s.now()), Labs: []labJSON{}}
	if s.o.Labs != nil {
		out.Version = s.o.Labs.Version()
		for _, l := range s.o.Labs.Labs() {
			out.Labs = append(out.Labs, labOf(l))
		}
	}
	return sendJSON(w, http.StatusOK, out)
}

func (s *Server) postLab(w http.ResponseWriter, r *http.Request, _ call) error {
	if s.o.Labs == nil {
		return errNoLabs
	}
	var in struct {
		Name  string
		Steps []labs.Step
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	l, err := s.o.Labs.Start(in.Name, in.Steps)
	if err != nil {
		return labError(err)
	}
	return sendJSON(w, http.StatusCreated, labOf(l))
}

// labError is what the browser is told of the labs' errors.
func labError(err error) error {
	var m *labs.Mistake
	switch {
	case errors.As(err, &m):
		return fail(http.StatusBadRequest, "%s", m.Text)
	case errors.Is(err, labs.ErrNoLab):
		return fail(http.StatusNotFound, "There is no such lab, or step.")
	case errors.Is(err, labs.ErrRunning):
		return fail(http.StatusConflict, "A lab is running. End it first.")
	case errors.Is(err, labs.ErrEnded):
		return fail(http.StatusConflict, "This lab has ended already.")
	case errors.Is(err, labs.ErrFull):
		return fail(http.StatusConflict, "There are %d labs, which is the most. Remove an old one first.", labs.MaxLabs)
	case errors.Is(err, labs.ErrAuto):
		return fail(http.StatusBadRequest, "This step ticks by itself. Only steps that you tick can be ticked here.")
	case errors.Is(err, labs.ErrSession):
		return fail(http.StatusBadRequest, "This session has no part in labs: it is simulated or archived.")
	}
	return err
}

// askedLab is the lab in the request's path.
func (s *Server) askedLab(r *http.Request) (labs.Lab, []labs.Card, error) {
	if s.o.Labs == nil {
		return labs.Lab{}, nil, errNoLabs
	}
	id, err := strconv.ParseInt(r.PathValue("lab"), 10, 64)
	if err != nil {
		return labs.Lab{}, nil, fail(http.StatusNotFound, "A lab is a number, as in the list of labs.")
	}
	l, cards, err := s.o.Labs.Lab(id)
	if err != nil {
		return l, nil, labError(err)
	}
	return l, cards, nil
}

func (s *Server) getLab(w http.ResponseWriter, r *http.Request, _ call) error {
	version := uint64(0)
	if s.o.Labs != nil {
		version = s.o.Labs.Version() // before: what comes meanwhile is asked for again
	}
	l, cards, err := s.askedLab(r)
	if err != nil {
		return err
	}
	out := struct {
		Lab      labJSON   `json:"lab"`
		Version  uint64    `json:"version"`
		Now      instant   `json:"now"`
		Sessions []rowJSON `json:"sessions"`
		Counts   []int     `json:"counts"` // by step
	}{labOf(l), version, milli(s.now()), s.labRows(l, cards), make([]int, len(l.Steps))}
	for _, x := range out.Sessions {
		for i, t := range x.Ticks {
			if t != nil {
				out.Counts[i]++
			}
		}
	}
	return sendJSON(w, http.StatusOK, out)
}

// labRows are the lines of a lab: every session that is no simulated one, and
// those of the roster whether they have come or not, by section and name; archived ones where they have done something.
func (s *Server) labRows(l labs.Lab, cards []labs.Card) []rowJSON {
	of := map[string]labs.Card{}
	names := map[string]string{}
	for _, c := range cards {
		of[session.Key(c.Session)] = c
		names[session.Key(c.Session)] = c.Session
	}
	for _, p := range s.Class.People() { // also those who have never come
		names[session.Key(p.Session)] = p.Session
	}
	for _, name := range s.names() {
		names[session.Key(name)] = name
	}
	out := []rowJSON{}
	for key, name := range names {
		card, known := of[key]
		archived := s.Accounts.Archived(name)
		if simulated(name) || archived && (!known || card.Done() == 0) {
			continue
		}
		if !known {
			card.Ticks = make([]labs.Tick, len(l.Steps))
		}
		who := s.who(name)
		out = append(out, rowJSON{name, who.people, who.section, who.seat, archived, ticksOf(card), card.Done()})
	}
	slices.SortFunc(out, func(a, b rowJSON) int {
		return cmp.Or(strings.Compare(a.Section, b.Section), strings.Compare(session.Key(a.Session), session.Key(b.Session)))
	})
	return out
}

func (s *Server) deleteLab(w http.ResponseWriter, r *http.Request, _ call) error {
	l, _, err := s.askedLab(r)
	if err == nil {
		err = labError(s.o.Labs.Remove(l.ID))
	}
	if err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) endLab(w http.ResponseWriter, r *http.Request, _ call) error {
	l, _, err := s.askedLab(r)
	if err == nil {
		err = labError(s.o.Labs.End(l.ID))
	}
	if err != nil {
		return err
	}
	l, _, err = s.o.Labs.Lab(l.ID)
	if err != nil {
		return labError(err)
	}
	return sendJSON(w, http.StatusOK, labOf(l))
}

// putTick ticks a step by hand, or takes the tick away.
func (s *Server) putTick(w http.ResponseWriter, r *http.Request, _ call) error {
	l, _, err := s.askedLab(r)
	if err != nil {
		return err
	}
	var in struct {
		Session string
		Step    int
		Done    bool
	}
	if err := readJSON(r, &in); err != nil {
		return err
	}
	name, ok := s.find(in.Session)
	if !ok {
		return fail(http.StatusNotFound, "There is no session %s.", notice.Quote(in.Session))
	}
	if err := s.o.Labs.SetManual(l.ID, name, in.Step, in.Done); err != nil {
		return labError(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// untilEnd says whether t is before an end; zero is open.
func untilEnd(t, end time.Time) bool { return end.IsZero() || t.Before(end) }
