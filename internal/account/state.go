package account

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"sort"
	"time"

	"labbroker/internal/session"
)

// What a line of the file does. A reader leaves out ops that it does not know
// and keeps their lines, so that a newer version's are not lost.
const (
	opHeader     = "labbroker-accounts" // the first line, with the format's version
	opSecret     = "secret"             // the first one counts
	opInstructor = "instructor"         // the instructor's password
	opSession    = "session"            // the session exists, without a password
	opClaim      = "claim"              // a password for a session that has none; later ones are void
	opReset      = "reset"              // password and key go, the name stays
	opRemove     = "remove"             // the account goes
	opKey        = "key"                // the read-only key, as SHA-256
	opRevoke     = "revoke"
	opCreate     = "create"   // a session with a generated password, readable; void where there is one
	opPassword   = "password" // another password, hashed or readable, in the place of the old one
	opRename     = "rename"   // void where the new name is taken
	opArchive    = "archive"  // nobody gets in until opRestore
	opRestore    = "restore"
	opMode       = "mode"  // the access mode where the start names none
	opLink       = "link"  // the instructor's one-time link, as SHA-256; voids an older one
	opUsed       = "used"  // the link is used up
	opEnrol      = "enrol" // several opSession, opCreate and opPassword, all or none
	opMoved      = "moved" // the name was given up for another one; rename says it too
	opFree       = "free"  // such a name is nobody's again
)

// version of the file's format; a greater one is refused.
const version = 1

type record struct {
	Op      string    `json:"op"`
	Version int       `json:"version,omitempty"`
	Session string    `json:"session,omitempty"`
	Hash    string    `json:"hash,omitempty"`
	Sum     string    `json:"sum,omitempty"`
	Secret  []byte    `json:"secret,omitempty"`
	At      time.Time `json:"at,omitzero"`

	Password string    `json:"password,omitempty"` // a generated one
	To       string    `json:"to,omitempty"`
	Mode     string    `json:"mode,omitempty"`
	All      []record  `json:"all,omitempty"`
	Until    time.Time `json:"until,omitzero"`
}

// state is what the file's lines add up to. The lines that made it what it is
// are kept as they were read, unknown fields and all, for compaction.
type state struct {
	secret     []byte
	instructor string // PHC hash, "" = none
	mode       string // "" = not set
	link       link
	sessions   map[string]*account
	keys       map[[32]byte]string // sum -> session.Key
	moved      map[string]moved    // by session.Key of the name that was given up

	lines                      int // read so far
	secretLine, instructorLine []byte
	modeLine, linkLine         []byte
	unknown                    [][]byte
	order                      int
}

type account struct {
	name     string // spelling of the first claim
	pass     secret // none = not claimed
	sum      [32]byte
	hasKey   bool
	archived bool
	order    int
	// What makes it again, in this order: that it exists (nil where passLine says
	// it), password, key, archive.
	line, passLine, keyLine, archiveLine []byte
}

// secret is a session's password: one that somebody chose, hashed, or one that
// was generated, readable. The zero value is none.
type secret struct {
	hash string // PHC
	text string
	// enrolled: given by the join page, a roster or the instructor, where a
	// claim is anybody's.
	enrolled bool
}

func (p secret) none() bool { return p.hash == "" && p.text == "" }

// effect is what somebody has to hear of.
type effect struct {
	names []change // of sessions that came or went
	reset []string
	bad   int // lines that were no JSON

	instructor bool // has another password
	mode       bool // is another one
}

// change is a session's key and its spelling at the time.
type change struct{ key, name string }

func newState() *state {
	return &state{sessions: make(map[string]*account), keys: make(map[[32]byte]string), moved: make(map[string]moved)}
}

func (s *state) apply(line []byte, e *effect) {
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return
	}
	var r record
	if json.Unmarshal(line, &r) != nil || r.Op == "" {
		s.lines++
		e.bad++
		return
	}
	s.applyRecord(r, bytes.Clone(line), e)
}

// applyRecord takes a line that says r; the line is kept.
func (s *state) applyRecord(r record, line []byte, e *effect) {
	s.lines++
	switch r.Op {
	case opHeader:
		return
	case opSecret:
		if s.secret == nil && len(r.Secret) >= 16 {
			s.secret, s.secretLine = r.Secret, line
		}
		return
	case opInstructor:
		if s.instructor != "" && s.instructor != r.Hash {
			e.reset = append(e.reset, session.Instructor)
		}
		e.instructor = e.instructor || s.instructor != r.Hash
		s.instructor, s.instructorLine = r.Hash, line
		return
	case opMode:
		s.setMode(r, line, e)
		return
	case opLink, opUsed:
		s.setLink(r, line, e)
		return
	case opEnrol:
		s.enrol(r, e)
		return
	case opMoved, opFree:
		switch {
		case session.Check(r.Session) != nil || r.Op == opMoved && session.Check(r.To) != nil:
			e.bad++
		case r.Op == opFree:
			delete(s.moved, session.Key(r.Session))
		case s.sessions[session.Key(r.To)] != nil:
			s.move(r.Session, r.To, line)
		}
		return
	case opSession, opClaim, opReset, opRemove, opKey, opRevoke, opCreate, opPassword, opRename, opArchive, opRestore:
		if session.Check(r.Session) != nil {
			e.bad++
			return
		}
	default:
		s.unknown = append(s.unknown, line)
		return
	}
	s.applySession(r, line, e)
}

func (s *state) setMode(r record, line []byte, e *effect) {
	if !known(r.Mode) {
		e.bad++
		return
	}
	e.mode = e.mode || s.mode != r.Mode
	s.mode, s.modeLine = r.Mode, line
}

func (s *state) applySession(r record, line []byte, e *effect) {
	key := session.Key(r.Session)
	a := s.sessions[key]
	if a == nil {
		if r.Op != opSession && r.Op != opClaim && r.Op != opCreate || r.Op == opCreate && r.Password == "" {
			return
		}
		s.order++
		a = &account{name: r.Session, order: s.order}
		s.sessions[key] = a
		delete(s.moved, key)
		e.names = append(e.names, change{key, a.name})
		if r.Op == opCreate {
			a.pass, a.passLine = secret{text: r.Password, enrolled: true}, line
			return
		}
	}
	switch r.Op {
	case opSession:
		a.made(line)
	case opClaim:
		if r.Hash == "" { // says that the session exists, and nothing more
			a.made(line)
		} else if a.pass.none() {
			a.pass, a.passLine = secret{hash: r.Hash}, line
		}
	case opPassword:
		if r.Hash == "" && r.Password == "" || r.Hash != "" && r.Password != "" {
			e.bad++
			return
		}
		a.exists(r.At)
		if !a.pass.none() {
			e.reset = append(e.reset, a.name)
		}
		a.pass, a.passLine = secret{hash: r.Hash, text: r.Password, enrolled: true}, line
	case opReset:
		a.exists(r.At)
		a.pass, a.passLine = secret{}, nil
		s.dropKey(a)
		e.reset = append(e.reset, a.name)
	case opRemove:
		s.dropKey(a)
		s.unmove(key)
		delete(s.sessions, key)
		e.names = append(e.names, change{key, a.name})
		e.reset = append(e.reset, a.name)
	case opRename:
		s.rename(a, r, e)
	case opArchive:
		if !a.archived {
			e.reset = append(e.reset, a.name)
		}
		a.archived, a.archiveLine = true, line
	case opRestore:
		a.archived, a.archiveLine = false, nil
	case opKey:
		sum, err := hex.DecodeString(r.Sum)
		if err != nil || len(sum) != len(a.sum) {
			e.bad++
			return
		}
		s.dropKey(a)
		a.sum, a.hasKey, a.keyLine = [32]byte(sum), true, line
		s.keys[a.sum] = key
	case opRevoke:
		s.dropKey(a)
	}
}

// made takes a line that says that the account exists, if it is the first.
func (a *account) made(line []byte) {
	if a.line == nil && a.passLine == nil {
		a.line = line
	}
}

// exists gives an account a line of its own where its password's said so far
// that it exists: that one is to go, or to come after it.
func (a *account) exists(at time.Time) {
	if a.line == nil {
		a.line = encode(record{Op: opSession, Session: a.name, At: at})
	}
}

func (s *state) dropKey(a *account) {
	if a.hasKey {
		delete(s.keys, a.sum)
	}
	a.sum, a.hasKey, a.keyLine = [32]byte{}, false, nil
}

// live returns the lines that the state needs, in an order that makes it
// again.
func (s *state) live() [][]byte {
	out := [][]byte{encode(record{Op: opHeader, Version: version})}
	add := func(line []byte) {
		if line != nil {
			out = append(out, line)
		}
	}
	add(s.secretLine)
	add(s.instructorLine)
	add(s.modeLine)
	add(s.linkLine)
	all := make([]*account, 0, len(s.sessions))
	for _, a := range s.sessions {
		all = append(all, a)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].order < all[j].order })
	for _, a := range all {
		add(a.line)
		add(a.passLine)
		add(a.keyLine)
		add(a.archiveLine)
	}
	for _, key := range slices.Sorted(maps.Keys(s.moved)) {
		add(s.moved[key].line)
	}
	return append(out, s.unknown...)
}

// stale says whether most of the file is outdated.
func (s *state) stale() bool {
	live := len(s.live())
	return s.lines-live > max(100, live)
}

// compare finds what became of the sessions of an older state.
func (e *effect) compare(old, s *state) {
	for key, a := range old.sessions {
		b := s.sessions[key]
		if b == nil || b.pass != a.pass || b.archived && !a.archived {
			e.reset = append(e.reset, a.name)
		}
		if b == nil || b.name != a.name {
			e.names = append(e.names, change{key, a.name})
		}
	}
	for key, b := range s.sessions {
		if old.sessions[key] == nil {
			e.names = append(e.names, change{key, b.name})
		}
	}
	e.mode = e.mode || old.mode != s.mode
	if old.instructor != s.instructor {
		e.instructor = true
		e.reset = append(e.reset, session.Instructor)
	}
}

func encode(r record) []byte {
	line, err := json.Marshal(r)
	if err != nil {
		panic("account: a record cannot be encoded: " + err.Error()) // strings, bytes and a time always can
	}
	return line
}
