package dashboard

import (
	"fmt"
	"sync"

	"labbroker/internal/account"
	"labbroker/internal/session"
)

// people is an account book without argon2.
type people struct {
	creating sync.Mutex // one Create at a time

	mu        sync.Mutex
	passwords map[string]string // guarded by mu, as all below
	keys      map[string]string
	stamps    map[string]string
	readable  map[string]string
	archived  map[string]bool
	mode      string // "" = claim
	fixed     bool
	link      string // the instructor's one-time link that is open
	renamed   map[string]string
}

func (p *people) Check(user, password string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case user == "":
		return "", account.ErrNoUser
	case password == "":
		return "", account.ErrNoPassword
	}
	for name, want := range p.passwords {
		if session.Key(name) == session.Key(user) {
			if p.archived[name] {
				return "", account.ErrArchived
			}
			if password != want && p.mode != account.ModeOpen {
				return "", account.ErrPassword
			}
			return name, nil
		}
	}
	if err := session.Check(user); err != nil {
		return "", account.ErrName
	}
	return "", account.ErrUnknown
}

func (p *people) Names() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var names []string
	for name := range p.passwords {
		if name != session.Instructor {
			names = append(names, name)
		}
	}
	return names
}

func (p *people) Find(name string) (string, bool) {
	for _, n := range p.Names() {
		if session.Key(n) == session.Key(name) {
			return n, true
		}
	}
	return "", false
}

func (p *people) NewKey(name string) (string, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys["new-"+name] = name
	return "new-" + name, nil
}

func (p *people) HasKey(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, s := range p.keys {
		if s == name {
			return true
		}
	}
	return false
}

func (p *people) RevokeKey(name string) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for key, n := range p.keys {
		if n == name {
			delete(p.keys, key)
		}
	}
	return nil
}

func (p *people) KeySession(key string) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	name, ok := p.keys[key]
	return name, ok
}

func (p *people) Secret() []byte { return []byte("0123456789abcdef0123456789abcdef") }

func (p *people) Stamp(name string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stamps[name]
}

func (p *people) forget(key string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.keys, key)
}

func (p *people) add(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.passwords[name] = name + name
}

func (p *people) remove(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.passwords, name)
}

func (p *people) Create(wish string) (name, password string, err error) {
	if err := session.Check(wish); err != nil {
		return "", "", account.ErrName
	}
	p.creating.Lock()
	defer p.creating.Unlock()
	for n := 1; ; n++ {
		name = wish
		if n > 1 {
			name = fmt.Sprintf("%s-%d", wish, n)
		}
		if _, taken := p.Find(name); !taken {
			break
		}
	}
	p.give(name, "made-"+name, true)
	return name, "made-" + name, nil
}

// give sets a password and changes the stamp.
func (p *people) give(name, password string, readable bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.passwords[name], p.stamps[name] = password, p.stamps[name]+"x"
	delete(p.readable, name)
	if readable {
		if p.readable == nil {
			p.readable = map[string]string{}
		}
		p.readable[name] = password
	}
}

func (p *people) Bind(name string) (string, error) {
	if spelling, ok := p.Find(name); ok {
		return spelling, nil
	}
	if session.Check(name) != nil {
		return "", account.ErrName
	}
	p.give(name, "", false)
	return name, nil
}

func (p *people) Readable(name string) (string, bool) {
	name, _ = p.Find(name)
	p.mu.Lock()
	defer p.mu.Unlock()
	password, ok := p.readable[name]
	return password, ok
}

func (p *people) SetPassword(name, password string) error {
	spelling, ok := p.Find(name)
	if !ok {
		return account.ErrUnknown
	}
	p.give(spelling, password, false)
	return nil
}

func (p *people) Renew(name string) (string, error) {
	spelling, ok := p.Find(name)
	if !ok {
		return "", account.ErrUnknown
	}
	p.give(spelling, "renewed-"+spelling, true)
	return "renewed-" + spelling, nil
}

func (p *people) Rename(old, name string) error {
	spelling, ok := p.Find(old)
	if !ok {
		return account.ErrUnknown
	}
	if taken, ok := p.Find(name); ok && taken != spelling {
		return account.ErrTaken
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	password, readable := p.passwords[spelling], p.readable[spelling]
	delete(p.passwords, spelling)
	delete(p.readable, spelling)
	p.passwords[name] = password
	if readable != "" {
		p.readable[name] = readable
	}
	return nil
}

func (p *people) Archive(name string, on bool) error {
	spelling, ok := p.Find(name)
	if !ok {
		return account.ErrUnknown
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.archived == nil {
		p.archived = map[string]bool{}
	}
	p.archived[spelling] = on
	p.stamps[spelling] += "a"
	return nil
}

func (p *people) Archived(name string) bool {
	name, _ = p.Find(name)
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.archived[name]
}

func (p *people) Mode() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.mode == "" {
		return account.ModeClaim
	}
	return p.mode
}

func (p *people) ModeFixed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fixed
}

func (p *people) SetMode(mode string) error {
	if p.ModeFixed() && mode != p.Mode() {
		return account.ErrFixed
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mode = mode
	return nil
}

func (p *people) LinkOpen(token string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return token != "" && token == p.link
}

func (p *people) UseLink(token string) bool {
	open := p.LinkOpen(token)
	p.mu.Lock()
	defer p.mu.Unlock()
	if open {
		p.link = ""
	}
	return open
}

func (p *people) SetInstructor(password string) error {
	p.give(session.Instructor, password, false)
	return nil
}

func (p *people) HasInstructor() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passwords[session.Instructor] != ""
}

func (p *people) Enrol(list []account.Enrolment) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range list {
		password := e.Password
		if password == "" {
			if p.passwords[e.Session] != "" {
				continue
			}
			password = "made-" + e.Session
			if p.readable == nil {
				p.readable = map[string]string{}
			}
			p.readable[e.Session] = password
		} else {
			delete(p.readable, e.Session)
		}
		p.passwords[e.Session] = password
	}
	return nil
}

func (p *people) HasPassword(name string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passwords[name] != ""
}

func (p *people) Renamed(name string) (string, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	to, ok := p.renamed[session.Key(name)]
	return to, ok
}

func (p *people) GivenUp() map[string]string { return map[string]string{} }
