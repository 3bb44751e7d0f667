package account

import (
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// linkLife is how long a link works that nobody uses.
const linkLife = 24 * time.Hour

// link is the instructor's one-time link, as far as it is known: its token's
// SHA-256. The zero value is none.
type link struct {
	sum   [32]byte
	until time.Time
}

func (s *state) setLink(r record, line []byte, e *effect) {
	sum, err := hex.DecodeString(r.Sum)
	if err != nil || len(sum) != len(s.link.sum) {
		e.bad++
		return
	}
	switch {
	case r.Op == opLink:
		s.link, s.linkLine = link{sum: [32]byte(sum), until: r.Until}, line
	case s.link.sum == [32]byte(sum):
		s.link, s.linkLine = link{}, nil
	}
}

// newLink makes a token and the record that lets it be used for a day.
func newLink(now time.Time) (token string, r record) {
	token = hex.EncodeToString(randomBytes(20))
	sum := sha256.Sum256([]byte(token))
	return token, record{Op: opLink, Sum: hex.EncodeToString(sum[:]), Until: now.Add(linkLife).UTC().Truncate(time.Second)}
}

// NewLink makes a token with which somebody may set the instructor's password
// once within 24 hours. It voids an older one. Only its SHA-256 is kept.
func (b *Book) NewLink() (token string, err error) {
	token, r := newLink(time.Now())
	return token, b.write(r)
}

// NewLink is Book.NewLink on the file at path; a server that runs on it knows
// the token within about a second. kept says whether the file has a password of
// the instructor's, which holds until the link is used; one that a server was
// started with is not in it.
func NewLink(path string) (token string, kept bool, err error) {
	token, r := newLink(time.Now())
	err = amend(path, func(s *state) (record, error) {
		kept = s.instructor != ""
		return r, nil
	})
	return token, kept, err
}

// LinkOpen says whether UseLink would take token, also one that another process
// made just now. It uses nothing up.
func (b *Book) LinkOpen(token string) bool {
	return b.linkOpen(token) || b.look() == nil && b.linkOpen(token)
}

func (b *Book) linkOpen(token string) bool {
	sum := sha256.Sum256([]byte(token))
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.state.link.sum == sum && time.Now().Before(b.state.link.until)
}

// UseLink uses a token up and says whether it was good: of several who bring it
// at once, for one. That it is used is on the disk then. False too where that
// could not be written.
func (b *Book) UseLink(token string) bool {
	b.linkMu.Lock()
	defer b.linkMu.Unlock()
	// What another process wrote lately counts: its link voids this one.
	if b.look() != nil || !b.linkOpen(token) {
		return false
	}
	sum := sha256.Sum256([]byte(token))
	return b.write(record{Op: opUsed, Sum: hex.EncodeToString(sum[:])}) == nil
}
