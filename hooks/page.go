package hooks

import (
	"time"

	"labbroker/hooks/policy"
	"labbroker/internal/notice"
	"labbroker/internal/rules"
)

// What pages of one session may say: a slider that is moved on some devices at
// once, and no loop in a browser. It counts against the session's rate too.
const (
	pageRate  = 20 // messages a second
	pageBurst = 40
	// pageCredit is how far ahead of its session's rate a page may speak.
	pageCredit = time.Second
)

// Page is who sits before a page: a member without a connection, which
// presence does not count. What it did wrong is told to the page, not listed
// for the session. It is for one goroutine; make one for each message.
type Page struct {
	*member
	told []notice.Draft
}

var _ rules.Member = (*Page)(nil)

// pageID is the client id of pages in the history.
const pageID = "page"

// Page makes the member that speaks for a session, or for the instructor
// (session.Instructor). name is the spelling of the claim.
func (g *Gate) Page(name string) *Page {
	m := &member{gate: g, id: pageID, user: name, home: name, page: true}
	m.room.Store(g.rooms.get(name))
	return &Page{member: m}
}

// Told is what the page has to know, oldest first.
func (p *Page) Told() []notice.Draft { return p.told }

// Name is what sentences call it.
func (p *Page) Name() string { return "this page" }

// Notice keeps what is told for the page.
func (p *Page) Notice(d notice.Draft) { p.told = append(p.told, d) }

// RefusedPublish explains what Publish did not allow.
func (p *Page) RefusedPublish(topic string, n int) (told string) {
	p.gate.counts.publishes.Add(int64(n))
	v := p.gate.policy().Publish(p.who(), topic)
	d := policy.Explain(v, p.who(), topic)
	if v == policy.Allow {
		if !p.room.Load().paused.Load() {
			return "" // it may be said by now
		}
		d = notice.Paused(p.who().Session)
	}
	d.Times = n
	p.Notice(d)
	return d.Text
}

// Filter asks the policy about a filter of the page's.
func (p *Page) Filter(filter string) (granted bool, told string) {
	pol, who := p.gate.policy(), p.who()
	if v := pol.Filter(who, filter); v != policy.Allow {
		d := policy.ExplainFilter(v, who, filter)
		p.Notice(d)
		return false, d.Text
	}
	if v := pol.FilterHint(who, filter); v != policy.Allow {
		d := policy.ExplainFilter(v, who, filter)
		p.Notice(d)
		told = d.Text
	}
	return true, told
}

// Verdict is what would become of a publish.
type Verdict struct {
	Allowed bool
	Draft   notice.Draft // why not
	Instead string       // the topic that was likely meant, "" where nobody can tell
	Session string       // in whose history it is kept, "" = in nobody's
	Topic   string       // below that one's prefix
}

// Check says what Publish would, and does nothing.
func (p *Page) Check(topic string) Verdict {
	pol, who := p.gate.policy(), p.who()
	v := pol.Publish(who, topic)
	switch v {
	case policy.Allow:
		if p.room.Load().paused.Load() {
			return Verdict{Draft: notice.Paused(who.Session)}
		}
		s := &sink{m: p.member, full: voice{topic: topic}}
		s.resolve(pol)
		return Verdict{Allowed: true, Session: s.session, Topic: s.topic}
	case policy.NoPrefix, policy.WrongCase, policy.LeadingSlash, policy.Space, policy.Placeholder:
		x := Verdict{Draft: policy.Explain(v, who, topic), Instead: notice.Suggest(who.Session, topic)}
		if pol.Publish(who, x.Instead) != policy.Allow {
			x.Instead = ""
		}
		return x
	}
	return Verdict{Draft: policy.Explain(v, who, topic)}
}

// Unlimited never holds: a loop in the instructor's browser floods as well.
func (p *Page) Unlimited() bool { return false }

// Take counts n messages against what pages may say and against the session's
// rate; it takes nothing where it returns more than pageCredit.
func (p *Page) Take(n, _, _ int) time.Duration {
	r, now := p.room.Load(), p.gate.opt.Now()
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.paged
	wait := r.paged.take(float64(n), now, pageRate, pageBurst)
	if wait > 0 {
		r.paged = before
		return max(wait, pageCredit+time.Millisecond) // not said
	}
	if p.member.Unlimited() {
		return 0
	}
	o := &p.gate.opt
	if wait = r.spent.take(float64(n), now, o.SessionRate, float64(o.SessionBurst)); wait > pageCredit {
		r.spent.tokens += float64(n)
		r.paged = before
	}
	return wait
}
