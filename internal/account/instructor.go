package account

import (
	"crypto/rand"
	"math/big"

	"labbroker/internal/session"
)

// SetInstructor keeps a password for the instructor, hashed. It takes the place
// of one given in Options as long as this book is open.
func (b *Book) SetInstructor(password string) error {
	if password == "" {
		return ErrNoPassword
	}
	hash := b.check.hash(password)
	b.check.learn(hash, password)
	return b.write(record{Op: opInstructor, Session: session.Instructor, Hash: hash})
}

// HasInstructor says whether the instructor has a password, given or kept.
func (b *Book) HasInstructor() bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.given != "" || b.state.instructor != ""
}

func (b *Book) checkInstructor(password string) error {
	b.mu.RLock()
	given, hash := b.given, b.state.instructor
	b.mu.RUnlock()
	if given != "" {
		if !b.check.same(password, given) {
			return ErrPassword
		}
		return nil
	}
	if hash == "" {
		return ErrPassword
	}
	return b.check.verify(hash, password)
}

// letters has none that look like another one.
const letters = "abcdefghjkmnpqrstuvwxyz23456789"

// NewPassword is a random password to be read and typed: three groups of four
// letters and digits, 59 bits.
func NewPassword() string { return groups(3) }

// newSessionPassword is shorter, since students type it from a slip of paper:
// 39 bits, which nobody guesses over a network.
func newSessionPassword() string { return groups(2) }

func groups(n int) string {
	p := make([]byte, 0, 5*n)
	for i := range 4 * n {
		if i > 0 && i%4 == 0 {
			p = append(p, '-')
		}
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(letters))))
		if err != nil {
			panic("account: no random numbers: " + err.Error())
		}
		p = append(p, letters[n.Int64()])
	}
	return string(p)
}
