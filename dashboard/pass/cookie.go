package pass

import (
	"crypto/hmac"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"labbroker/internal/session"
)

// cookieName keeps a browser signed in. The value is "1.<name>.<expires>.<mac>"
// and is checked without being stored anywhere.
const (
	cookieName = "labbroker"
	cookieLife = 180 * 24 * time.Hour // a semester
)

// SetCookie keeps the browser signed in as name, a session in its spelling or
// the instructor.
func (p *Passes) SetCookie(w http.ResponseWriter, name string) {
	expires := strconv.FormatInt(p.now().Add(cookieLife).Unix(), 10)
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: "1." + name + "." + expires + "." + p.mac(name, expires),
		Path: "/", MaxAge: int(cookieLife.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// ClearCookie signs the browser out.
func ClearCookie(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// Cookie is who the request's cookie names, a session in its spelling or
// session.Instructor; false without a valid one.
func (p *Passes) Cookie(r *http.Request) (name string, ok bool) {
	for _, c := range r.CookiesNamed(cookieName) {
		part := strings.Split(c.Value, ".")
		if len(part) != 4 || part[0] != "1" || !hmac.Equal([]byte(part[3]), []byte(p.mac(part[1], part[2]))) {
			continue
		}
		if expires, err := strconv.ParseInt(part[2], 10, 64); err != nil || p.now().Unix() >= expires {
			continue
		}
		if part[1] == session.Instructor {
			return part[1], true
		}
		if spelling, ok := p.accounts.Find(part[1]); ok && spelling == part[1] {
			return spelling, true
		}
	}
	return "", false
}

func (p *Passes) mac(name, expires string) string {
	return base64.RawURLEncoding.EncodeToString(p.sign("labbroker cookie", name, expires, p.accounts.Stamp(name)))
}
