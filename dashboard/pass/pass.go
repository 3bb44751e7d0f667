// Package pass lets people in who have shown who they are: by the cookie of a
// browser, by a short code that is typed on another device, by the code that a
// printed slip has.
//
// All follow from the data folder's secret and the account as it is now: a new
// password, or a name that was reset and claimed again, ends those from before.
// Passwords, keys, and how often somebody may guess are others' to check.
package pass

import (
	"crypto/hmac"
	"crypto/sha256"
	"sync"
	"time"
)

// Accounts say who there is; account.Book.
type Accounts interface {
	Find(name string) (spelling string, ok bool)
	Archived(name string) bool
	// Secret is the data folder's; Stamp changes with a name's password.
	Secret() []byte
	Stamp(name string) string
}

// Passes gives and reads them. Its methods may be called at once, and do not
// block.
type Passes struct {
	accounts Accounts
	now      func() time.Time

	mu    sync.Mutex
	open  map[string]code   // guarded by mu, by the code
	known map[string]string // guarded by mu, by session.Key: its code
}

// New gives no codes yet; cookies and slips of before hold on.
func New(a Accounts, now func() time.Time) *Passes {
	return &Passes{accounts: a, now: now, open: map[string]code{}, known: map[string]string{}}
}

// sign binds parts of a pass to this data folder's secret; the stamp among them
// binds it to the account as it is now.
func (p *Passes) sign(parts ...string) []byte {
	m := hmac.New(sha256.New, p.accounts.Secret())
	for _, part := range parts {
		m.Write([]byte(part))
		m.Write([]byte{0})
	}
	return m.Sum(nil)
}
