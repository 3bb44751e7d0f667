package account

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"labbroker/internal/session"
)

// Rename gives a session another name, or another spelling of its own. Its
// password and key go with it; its connections (OnReset) and cookies end, and
// nobody gets in under the old name (Renamed). What it has elsewhere, readings say, is the caller's to
// move. Errors: ErrUnknown, ErrName, ErrTaken, ErrUnavailable.
func (b *Book) Rename(old, name string) error {
	if err := checkNew(name); err != nil {
		return err
	}
	spelling, err := b.own(old)
	if err != nil {
		return err
	}
	if spelling == name {
		return nil
	}
	if taken, ok := b.Find(name); ok && session.Key(taken) != session.Key(spelling) {
		return fmt.Errorf("%w: %s", ErrTaken, taken)
	}
	if err := b.write(record{Op: opRename, Session: spelling, To: name}); err != nil {
		return err
	}
	if got, _ := b.Find(name); got != name { // somebody was first
		return fmt.Errorf("%w: %s", ErrTaken, name)
	}
	return nil
}

// rename keeps the account's lines under its new name, so that they make it
// again without the old one.
func (s *state) rename(a *account, r record, e *effect) {
	from, to := session.Key(r.Session), session.Key(r.To)
	if session.Check(r.To) != nil {
		e.bad++
		return
	}
	if from != to && s.sessions[to] != nil || a.name == r.To {
		return
	}
	e.names = append(e.names, change{from, a.name}, change{to, r.To})
	e.reset = append(e.reset, a.name)
	delete(s.sessions, from)
	s.sessions[to] = a
	s.move(a.name, r.To, nil)
	a.name = r.To
	if a.hasKey {
		s.keys[a.sum] = to
	}
	for _, line := range []*[]byte{&a.line, &a.passLine, &a.keyLine, &a.archiveLine} {
		*line = respell(*line, r.To)
	}
}

// respell puts another session into a line and leaves its other fields, those
// that are not known too.
func respell(line []byte, name string) []byte {
	var r record
	var fields, own map[string]json.RawMessage
	if line == nil || json.Unmarshal(line, &r) != nil || json.Unmarshal(line, &fields) != nil {
		return line
	}
	r.Session = name
	data, err := json.Marshal(r)
	if err != nil || json.Unmarshal(data, &own) != nil {
		return line
	}
	for key, value := range fields {
		if !slices.ContainsFunc(fieldNames, func(f string) bool { return strings.EqualFold(f, key) }) {
			own[key] = value
		}
	}
	if data, err = json.Marshal(own); err != nil {
		return line
	}
	return data
}

// fieldNames are record's, which the decoder finds in any case.
var fieldNames = func() (names []string) {
	for i := range reflect.TypeFor[record]().NumField() {
		name, _, _ := strings.Cut(reflect.TypeFor[record]().Field(i).Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}()
