package ingest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"labbroker/internal/series"
	"labbroker/sensor"
)

// ErrUnit is SetUnit's answer to a unit that is not known.
var ErrUnit = errors.New("unknown unit")

// setter is a store that can say when a column is safe on the disk; others
// get the change with Define.
type setter interface {
	SetColumn(id series.ID, index int, c series.Column) error
}

// SetUnit says by hand in which unit a column's numbers were and will be
// sent; "" gives the choice back to the pipeline. A unit of another quantity
// changes the quantity too. It returns the column as it is from now on.
// Errors: series.ErrNotFound, ErrUnit, the store's.
func (p *Pipeline) SetUnit(ctx context.Context, session, name, column, unit string) (series.Column, error) {
	s := p.lock(session)
	defer s.mu.Unlock()
	if !s.load(ctx) {
		return series.Column{}, errors.New("the history cannot be read")
	}
	s.used = p.o.Now()
	t := s.tables[name]
	if t == nil {
		return series.Column{}, fmt.Errorf("series %q: %w", name, series.ErrNotFound)
	}
	for i := range t.columns {
		if t.columns[i].Name == column {
			return s.setUnit(t, i, unit)
		}
	}
	return series.Column{}, fmt.Errorf("column %q of series %q: %w", column, name, series.ErrNotFound)
}

func (s *state) setUnit(t *table, i int, unit string) (series.Column, error) {
	old, was := t.columns[i], t.info[i]
	if strings.TrimSpace(unit) == "" {
		t.automatic(i)
	} else {
		u, ok := sensor.LookUp(unit, old.Quantity)
		if !ok {
			return series.Column{}, fmt.Errorf("%w %q", ErrUnit, unit)
		}
		t.byHand(i, u)
	}
	if old == t.columns[i] {
		return old, nil
	}
	t.look()
	if err := s.tell(t, i); err != nil {
		t.columns[i], t.info[i] = old, was
		t.look()
		return series.Column{}, fmt.Errorf("set the unit of %q: %w", old.Name, err)
	}
	return t.columns[i], nil
}

// byHand puts a unit in the pipeline's place and remembers that one's choice.
func (t *table) byHand(i int, u sensor.Unit) {
	c, a := &t.columns[i], &t.info[i]
	if !c.Set {
		a.auto, a.autoEv = *c, a.evidence
		if c.Guessed && !a.told {
			a.told = true
			t.untold--
		}
	}
	c.Quantity, c.Unit, c.Sent, c.Factor, c.Guessed, c.Set = u.Quantity, u.Shown, u.Symbol, u.Factor, false, true
}

// automatic takes the pipeline's choice again: the remembered one, or after a
// restart what the name says, which the next numbers may better.
func (t *table) automatic(i int) {
	c, a := &t.columns[i], &t.info[i]
	if !c.Set {
		return
	}
	if a.auto.Name != "" {
		a.auto.Title = c.Title
		*c, a.evidence = a.auto, a.autoEv
	} else {
		f := sensor.Title(heading(c))
		c.Quantity, c.Unit, c.Sent, c.Factor, c.Guessed = f.Quantity, f.Unit, f.Sent, f.Factor, f.Evidence.Guessed()
		a.evidence = f.Evidence
	}
	c.Set = false
	a.auto, a.autoEv = series.Column{}, sensor.None
}

// heading is a column's title, its name where none was declared.
func heading(c *series.Column) string {
	if c.Title != "" {
		return c.Title
	}
	return c.Name
}

// tell tells the store of column i, and of the others where it does not know
// them yet.
func (s *state) tell(t *table, i int) error {
	if set, ok := s.p.store.(setter); ok && t.id != 0 && !t.changed {
		return set.SetColumn(t.id, i, t.columns[i])
	}
	return s.define(t)
}
