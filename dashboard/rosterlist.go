package dashboard

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"labbroker/internal/class"
	"labbroker/internal/roster"
)

// rosterList takes a whole file; its body may be larger than the others'.
const rosterList = "/api/roster/list"

// planJSON is what a list changes, or what is wrong with it.
type planJSON struct {
	Plan     string           `json:"plan"`     // to be sent back to apply it; "" where there are problems
	Problems []roster.Problem `json:"problems"` // by line
	Hints    []roster.Problem `json:"hints"`
	Lines    []lineJSON       `json:"lines"`
	Made     int              `json:"made"` // sessions
	Applied  bool             `json:"applied"`
}

type lineJSON struct {
	Line     int          `json:"line"` // 0 = not in the list
	Person   class.Person `json:"person"`
	Does     string       `json:"does"`     // "new", "changed", "same", "moves", "leaves"
	Before   string       `json:"before"`   // the session before, where it moves
	Password string       `json:"password"` // "generated", "given", "kept"
	Team     bool         `json:"team"`
}

// postList says what a class list would change, and changes nothing; with
// ?apply=PLAN it does it, if that is still what it would change.
func (s *Server) postList(w http.ResponseWriter, r *http.Request, _ call) error {
	data, err := io.ReadAll(r.Body)
	if err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return fail(http.StatusRequestEntityTooLarge, "The file is larger than %d KB: a class list is smaller.", roster.MaxBytes>>10)
		}
		return err
	}
	whole := r.URL.Query().Get("whole") != ""
	list := roster.Read(data, roster.Options{})
	s.listing.Lock()
	defer s.listing.Unlock()
	plan := roster.Make(list, s.have(), whole)
	out := showPlan(&plan)
	wanted := r.URL.Query().Get("apply")
	switch {
	case wanted == "":
	case out.Plan == "":
		return fail(http.StatusBadRequest, "The list has mistakes. Nothing was changed.")
	case out.Plan != wanted:
		return fail(http.StatusConflict, "The class has changed since you looked at the list. Look at it again; nothing was changed.")
	default:
		if err := s.apply(&plan); err != nil {
			return err
		}
		out.Applied = true
	}
	return sendJSON(w, http.StatusOK, out)
}

func showPlan(p *roster.Plan) planJSON {
	out := planJSON{Problems: p.Problems, Hints: p.Hints, Lines: []lineJSON{}}
	if out.Problems == nil {
		out.Problems = []roster.Problem{}
	}
	if out.Hints == nil {
		out.Hints = []roster.Problem{}
	}
	if len(p.Problems) > 0 {
		return out
	}
	for _, l := range p.Lines {
		out.Lines = append(out.Lines, lineJSON{l.Line, l.Person, l.Does, l.Before, l.Password, l.Team})
	}
	for _, w := range p.Wishes {
		if p.Fresh[w.Session] {
			out.Made++
		}
	}
	h := sha256.New()
	for _, v := range []any{p.People, p.Wishes, out.Lines} {
		b, err := json.Marshal(v)
		if err != nil {
			panic("dashboard: a plan cannot be encoded: " + err.Error()) // strings and numbers always can
		}
		h.Write(b)
	}
	out.Plan = hex.EncodeToString(h.Sum(nil)[:8])
	return out
}

// getRosterCSV is the class list as it could be uploaded again, with the
// passwords that can be read.
func (s *Server) getRosterCSV(w http.ResponseWriter, r *http.Request, _ call) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="roster.csv"`)
	if _, err := io.WriteString(w, "\ufeff"); err != nil { // else Excel takes it for another encoding
		return err
	}
	out := csv.NewWriter(w)
	out.UseCRLF = true
	write := func(p class.Person) {
		password, _ := s.Accounts.Readable(p.Session)
		_ = out.Write([]string{harmless(p.Name), harmless(p.Display), p.Session, harmless(p.Section), harmless(p.Seat), password}) // its error stays
	}
	_ = out.Write([]string{"name", "display name", "session", "section", "seat", "password"})
	section := r.URL.Query().Get("section")
	for _, p := range s.Class.People() {
		if section == "" || p.Section == section {
			write(p)
		}
	}
	for _, name := range s.Accounts.Names() {
		if section == "" && len(s.Class.Of(name)) == 0 && !simulated(name) {
			write(class.Person{Name: name, Session: name})
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the roster: %w", err)
	}
	return nil
}

// harmless keeps a spreadsheet from taking a name for a formula.
func harmless(text string) string {
	if text != "" && (text[0] == '=' || text[0] == '+' || text[0] == '-' || text[0] == '@' || text[0] == '\t') {
		return "'" + text
	}
	return text
}
