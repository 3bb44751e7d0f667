package dashboard

import (
	"crypto/hmac"
	"crypto/sha256"
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

func (s *Server) setCookie(w http.ResponseWriter, name string) {
	expires := strconv.FormatInt(s.now().Add(cookieLife).Unix(), 10)
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: "1." + name + "." + expires + "." + s.mac(name, expires),
		Path: "/", MaxAge: int(cookieLife.Seconds()), HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

func clearCookie(w http.ResponseWriter) {
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}

// cookieVisitor is who the request's cookie names, false without a valid one.
func (s *Server) cookieVisitor(r *http.Request) (visitor, bool) {
	for _, c := range r.CookiesNamed(cookieName) {
		p := strings.Split(c.Value, ".")
		if len(p) != 4 || p[0] != "1" || !hmac.Equal([]byte(p[3]), []byte(s.mac(p[1], p[2]))) {
			continue
		}
		if expires, err := strconv.ParseInt(p[2], 10, 64); err != nil || s.now().Unix() >= expires {
			continue
		}
		if p[1] == session.Instructor {
			return visitor{session: p[1], instructor: true}, true
		}
		if spelling, ok := s.Accounts.Find(p[1]); ok && spelling == p[1] {
			return visitor{session: spelling}, true
		}
	}
	return visitor{}, false
}

// mac binds a cookie to this data folder's secret and to the account as it is
// now: a name that was reset and claimed again, or the instructor's new
// password, ends the old cookies.
func (s *Server) mac(name, expires string) string {
	m := hmac.New(sha256.New, s.Accounts.Secret())
	for _, part := range []string{"labbroker cookie", name, expires, s.Accounts.Stamp(name)} {
		m.Write([]byte(part))
		m.Write([]byte{0})
	}
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}
