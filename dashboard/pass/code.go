package pass

import (
	"crypto/hmac"
	"crypto/rand"
	"math/big"
	"strings"
	"time"

	"labbroker/internal/session"
)

// CodeLife is how long a short code is open.
const CodeLife = 10 * time.Minute

const (
	codeLetters = "23456789abcdefghjkmnpqrstuvwxyz" // none that look alike
	codeLen     = 7
	maxCodes    = 10_000
)

// code is a short one that is open. Each opens once, and a session has one at
// a time.
type code struct {
	name  string
	stamp string // of the account: a reset ends the code
	ends  time.Time
}

// Code makes a short code for a session, in its spelling; its older one ends.
func (p *Passes) Code(name string) string {
	now, stamp := p.now(), p.accounts.Stamp(name)
	text := make([]byte, codeLen)
	for i := range text {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(codeLetters))))
		if err != nil {
			panic("pass: no random numbers: " + err.Error())
		}
		text[i] = codeLetters[n.Int64()]
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dropLocked(p.known[session.Key(name)])
	if len(p.open) >= maxCodes {
		for old, o := range p.open {
			if !now.Before(o.ends) || len(p.open) >= maxCodes {
				p.dropLocked(old)
			}
		}
	}
	p.open[string(text)] = code{name, stamp, now.Add(CodeLife)}
	p.known[session.Key(name)] = string(text)
	return string(text)
}

// use ends a code and gives what it opens.
func (p *Passes) use(text string) (code, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	found, ok := p.open[text]
	if !ok {
		return code{}, false
	}
	p.dropLocked(text)
	return found, p.now().Before(found.ends)
}

func (p *Passes) dropLocked(text string) {
	if old, ok := p.open[text]; ok {
		delete(p.open, text)
		delete(p.known, session.Key(old.name))
	}
}

// Enter says whom a code lets in: a short one, as it was typed, or a slip's.
// A short one is used up.
func (p *Passes) Enter(text string) (name string, ok bool) {
	text = strings.TrimSpace(text)
	if typed, mac, slip := strings.Cut(text, "."); slip {
		spelling, known := p.accounts.Find(typed)
		if !known || p.accounts.Archived(spelling) {
			return "", false
		}
		return spelling, hmac.Equal([]byte(strings.ToLower(mac)), []byte(p.slipMAC(spelling)))
	}
	plain := strings.ToLower(strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '-' }), ""))
	c, ok := p.use(plain)
	if !ok || p.accounts.Stamp(c.name) != c.stamp || p.accounts.Archived(c.name) {
		return "", false
	}
	spelling, known := p.accounts.Find(c.name)
	return spelling, known && spelling == c.name
}
