package account

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
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
}

// state is what the file's lines add up to. The lines that made it what it is
// are kept as they were read, unknown fields and all, for compaction.
type state struct {
	secret     []byte
	instructor string // PHC hash, "" = none
	sessions   map[string]*account
	keys       map[[32]byte]string // sum -> session.Key

	lines                      int // read so far
	secretLine, instructorLine []byte
	unknown                    [][]byte
	order                      int
}

type account struct {
	name                    string // spelling of the first claim
	hash                    string // PHC, "" = not claimed
	sum                     [32]byte
	hasKey                  bool
	order                   int
	line, hashLine, keyLine []byte
}

// effect is what somebody has to hear of.
type effect struct {
	names []change // of sessions that came or went
	reset []string
	bad   int // lines that were no JSON

	instructor bool // has another password
}

// change is a session's key and its spelling at the time.
type change struct{ key, name string }

func newState() *state {
	return &state{sessions: make(map[string]*account), keys: make(map[[32]byte]string)}
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
	case opSession, opClaim, opReset, opRemove, opKey, opRevoke:
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

func (s *state) applySession(r record, line []byte, e *effect) {
	key := session.Key(r.Session)
	a := s.sessions[key]
	if a == nil {
		if r.Op != opSession && r.Op != opClaim {
			return
		}
		s.order++
		a = &account{name: r.Session, order: s.order}
		s.sessions[key] = a
		e.names = append(e.names, change{key, a.name})
	}
	switch r.Op {
	case opSession:
		if a.line == nil {
			a.line = line
		}
	case opClaim:
		if a.hash == "" {
			a.hash, a.hashLine = r.Hash, line
		}
	case opReset:
		a.hash, a.hashLine = "", nil
		s.dropKey(a)
		if a.line == nil {
			a.line = encode(record{Op: opSession, Session: a.name, At: r.At})
		}
		e.reset = append(e.reset, a.name)
	case opRemove:
		s.dropKey(a)
		delete(s.sessions, key)
		e.names = append(e.names, change{key, a.name})
		e.reset = append(e.reset, a.name)
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
	all := make([]*account, 0, len(s.sessions))
	for _, a := range s.sessions {
		all = append(all, a)
	}
	sort.Slice(all, func(i, j int) bool { return all[i].order < all[j].order })
	for _, a := range all {
		add(a.line)
		add(a.hashLine)
		add(a.keyLine)
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
		if b == nil || b.hash != a.hash {
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
