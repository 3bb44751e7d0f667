package account

import (
	"crypto/sha256"
	"encoding/hex"

	"labbroker/internal/session"
)

// NewKey makes a read-only key for a session, in the place of the one it may
// have. Only its SHA-256 is kept: it cannot be shown again. ErrUnknown if
// there is no such session.
func (b *Book) NewKey(name string) (key string, err error) {
	name, ok := b.Find(name)
	if !ok {
		return "", ErrUnknown
	}
	if _, err := b.exists(name, true); err != nil { // of the roster, never connected
		return "", err
	}
	key = hex.EncodeToString(randomBytes(20))
	sum := sha256.Sum256([]byte(key))
	return key, b.write(record{Op: opKey, Session: name, Sum: hex.EncodeToString(sum[:])})
}

// RevokeKey makes a session's key worthless. A session without one is no
// error.
func (b *Book) RevokeKey(name string) error {
	if !b.HasKey(name) {
		return nil
	}
	return b.write(record{Op: opRevoke, Session: name})
}

// HasKey says whether a session has a key.
func (b *Book) HasKey(name string) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	a := b.state.sessions[session.Key(name)]
	return a != nil && a.hasKey
}

// KeySession returns the session that a key reads; none that is archived.
func (b *Book) KeySession(key string) (name string, ok bool) {
	sum := sha256.Sum256([]byte(key))
	b.mu.RLock()
	defer b.mu.RUnlock()
	if a := b.state.sessions[b.state.keys[sum]]; a != nil && !a.archived {
		return a.name, true
	}
	return "", false
}
