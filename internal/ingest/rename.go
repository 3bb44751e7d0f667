package ingest

import (
	"time"

	"labbroker/internal/session"
)

// Rename gives a session another name in the history: move renames what the
// store has. Its messages wait meanwhile. What comes under the old name
// afterwards, from a connection that is just ending, goes to the new one, until
// Anew. Where move fails nothing has changed.
func (p *Pipeline) Rename(from, to string, move func() error) error {
	s := p.lock(from)
	defer s.mu.Unlock()
	s.closeOpen(time.Time{}, true)
	if err := move(); err != nil {
		return err
	}
	p.remove(s)
	p.mu.Lock()
	defer p.mu.Unlock()
	if session.Key(from) != session.Key(to) {
		if p.moved == nil {
			p.moved = map[string]string{}
		}
		p.moved[session.Key(from)] = to
		delete(p.moved, session.Key(to))
	}
	return nil
}

// Anew says that a name is a session's of its own: it may have been the old
// name of another one.
func (p *Pipeline) Anew(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	key := session.Key(name)
	if _, was := p.moved[key]; !was {
		return
	}
	delete(p.moved, key)
}

// presentLocked is the name that a session has now.
func (p *Pipeline) presentLocked(name string) string {
	for range 100 { // nobody is renamed more often within one run
		to, moved := p.moved[session.Key(name)]
		if !moved {
			break
		}
		name = to
	}
	return name
}
