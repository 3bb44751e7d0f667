package dashboard

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"math/big"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"labbroker/internal/account"
	"labbroker/internal/qr"
	"labbroker/internal/session"
)

// Codes carry a sign-in to another device: short ones are typed, slips' ones
// are in a printed QR code.
const (
	codeLetters = "23456789abcdefghjkmnpqrstuvwxyz" // none that look alike
	codeLen     = 7
	codeLife    = 10 * time.Minute
	maxCodes    = 10_000
)

// codes are the short ones that are open. Each opens once, and a session has
// one at a time.
type codes struct {
	mu    sync.Mutex
	open  map[string]code   // guarded by mu, by the code
	known map[string]string // guarded by mu, by session.Key: its code
}

type code struct {
	name  string
	stamp string // of the account: a reset ends the code
	ends  time.Time
}

// add makes a code; the session's older one ends.
func (c *codes) add(name, stamp string, now time.Time) string {
	text := make([]byte, codeLen)
	for i := range text {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(codeLetters))))
		if err != nil {
			panic("dashboard: no random numbers: " + err.Error())
		}
		text[i] = codeLetters[n.Int64()]
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.open == nil {
		c.open, c.known = map[string]code{}, map[string]string{}
	}
	c.dropLocked(c.known[session.Key(name)])
	if len(c.open) >= maxCodes {
		for old, o := range c.open {
			if !now.Before(o.ends) || len(c.open) >= maxCodes {
				c.dropLocked(old)
			}
		}
	}
	c.open[string(text)] = code{name, stamp, now.Add(codeLife)}
	c.known[session.Key(name)] = string(text)
	return string(text)
}

// use ends a code and gives what it opens.
func (c *codes) use(text string, now time.Time) (code, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.open[text]
	if !ok {
		return code{}, false
	}
	c.dropLocked(text)
	return found, now.Before(found.ends)
}

func (c *codes) dropLocked(text string) {
	if old, ok := c.open[text]; ok {
		delete(c.open, text)
		delete(c.known, session.Key(old.name))
	}
}

// slipCode signs a session in for as long as its password is what it is now:
// for printed slips. It is "<name>.<mac>".
func (s *Server) slipCode(name string) string {
	return name + "." + s.slipMAC(name)
}

// SlipURL is the address that a slip's QR code holds: it signs its session in
// until the password changes. base is this server's address, http://host:port.
func (s *Server) SlipURL(base, name string) string { return codeURL(base, s.slipCode(name)) }

func codeURL(base, text string) string {
	return strings.TrimSuffix(base, "/") + "/code#" + url.QueryEscape(text)
}

var slipText = base32.StdEncoding.WithPadding(base32.NoPadding)

func (s *Server) slipMAC(name string) string {
	m := hmac.New(sha256.New, s.Accounts.Secret())
	for _, part := range []string{"labbroker slip", name, s.Accounts.Stamp(name)} {
		m.Write([]byte(part))
		m.Write([]byte{0})
	}
	return strings.ToLower(slipText.EncodeToString(m.Sum(nil)[:15]))
}

// enter says whom a code lets in.
func (s *Server) enter(text string) (name string, ok bool) {
	text = strings.TrimSpace(text)
	if typed, mac, slip := strings.Cut(text, "."); slip {
		spelling, known := s.Accounts.Find(typed)
		if !known || s.Accounts.Archived(spelling) {
			return "", false
		}
		return spelling, hmac.Equal([]byte(strings.ToLower(mac)), []byte(s.slipMAC(spelling)))
	}
	plain := strings.ToLower(strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '-' }), ""))
	c, ok := s.codes.use(plain, s.now())
	if !ok || s.Accounts.Stamp(c.name) != c.stamp || s.Accounts.Archived(c.name) {
		return "", false
	}
	spelling, known := s.Accounts.Find(c.name)
	return spelling, known && spelling == c.name
}

// postCode signs a browser in by a code.
func (s *Server) postCode(w http.ResponseWriter, r *http.Request, _ call) error {
	var in struct{ Code string }
	if err := readJSON(r, &in); err != nil {
		return err
	}
	if strings.TrimSpace(in.Code) == "" {
		return fail(http.StatusUnauthorized, "Type the code that your other device shows.")
	}
	done, wait := s.guard.Begin(account.Try{Remote: r.RemoteAddr, User: "sign-in code", Password: in.Code})
	if wait > 0 {
		return tooManyCodes(wait)
	}
	name, ok := s.enter(in.Code)
	done(verdict(ok))
	if !ok {
		s.figures.failed.Inc()
		return fail(http.StatusUnauthorized, "This code does not open anything. A typed one works once, within 10 minutes; one on a slip until its password changes.")
	}
	s.setCookie(w, name)
	return sendJSON(w, http.StatusOK, You{Session: name})
}

// verdict is what the guard wants to know: guessing at codes is slowed as
// guessing at one name's password is.
func verdict(right bool) error {
	if right {
		return nil
	}
	return account.ErrPassword
}

func tooManyCodes(wait time.Duration) error {
	return &failure{
		status: http.StatusTooManyRequests, retry: int(wait.Seconds()),
		text: "Too many wrong codes came from here. Wait " + wait.String() + " and try again.",
	}
}

// postNewCode makes a code to go on with on another device.
func (s *Server) postNewCode(w http.ResponseWriter, r *http.Request, c call) error {
	text := s.codes.add(c.name, s.Accounts.Stamp(c.name), s.now())
	at := codeURL(s.base(r), text)
	return sendJSON(w, http.StatusCreated, struct {
		Code    string `json:"code"`
		URL     string `json:"url"`
		QR      string `json:"qr"` // SVG
		Seconds int    `json:"seconds"`
	}{text, at, string(qr.SVG(at)), int(codeLife.Seconds())})
}
