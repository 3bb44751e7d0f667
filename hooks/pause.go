package hooks

import "labbroker/internal/session"

// Pause lets nothing of a session's publishes pass, or lets it pass again: a
// paused session's messages are acknowledged and go nowhere, with a notice;
// what it subscribes to still comes. Topics that were resolved before are asked
// about anew. It holds until the process ends: that it holds longer is the
// caller's part. The instructor is never paused.
func (g *Gate) Pause(name string, on bool) {
	if name == "" || name == session.Instructor || !on && !g.Paused(name) {
		return
	}
	if r := g.rooms.get(name); r.paused.CompareAndSwap(!on, on) {
		g.renew()
	}
}

// Paused says whether a session is paused.
func (g *Gate) Paused(name string) bool {
	g.rooms.mu.RLock()
	defer g.rooms.mu.RUnlock()
	r := g.rooms.m[name]
	return r != nil && r.paused.Load()
}
