// Package series holds what the class has measured: named tables of numbers
// inside a session, whose rows have a time and whose columns have a quantity
// and a unit.
//
// The package gives the types and the two narrow views of a store: Appender
// for the pipeline, Reader for the pages. The store itself is series/sqlite;
// every store passes the contract in series/seriestest.
package series

import (
	"context"
	"errors"
	"time"

	"labbroker/sensor"
)

// Quantity is what a column measures.
type Quantity = sensor.Quantity

// ID names a series within one store, for good: it is never used again.
type ID int64

// MaxColumns is the most columns one series can have; a payload's further
// numbers are refused with a notice.
const MaxColumns = 64

// Column describes the numbers at one place of every row of a series.
// Numbers are stored as they were sent; what a Reader returns is shown in
// Unit, that is multiplied by Factor, so that a corrected unit holds for the
// past as for the future.
type Column struct {
	Name     string   // as sent, without its unit: "current" of "current_mA"
	Quantity Quantity // "" where nobody knows
	Unit     string   // of the numbers a Reader returns: "V", "mA", "mW", "Ohm", "" where unknown
	Sent     string   // unit of the numbers as sent: "A"; "" where unknown
	Factor   float64  // Unit per Sent: 1000 for A shown as mA; 0 counts as 1
	Guessed  bool     // Sent was concluded from plausibility, nobody said it
	Set      bool     // Sent was set by hand; ingest leaves it alone
	Title    string   // the heading as declared, "Voltage [V*100]"; "" = none was
}

// Scale is the factor from stored to shown numbers.
func (c Column) Scale() float64 {
	if c.Factor == 0 {
		return 1
	}
	return c.Factor
}

// Row is one line of a series.
type Row struct {
	Seq     int64     // given by the store, increasing over all series; the order of arrival
	Time    int64     // arrival, Unix nanoseconds by the server's clock
	Device  int64     // the device's own clock as Unix nanoseconds (see ingest); 0 = it sent none
	Restart bool      // the device's clock stepped back: it started again before this row
	Page    bool      // said from a page on somebody's behalf, at least in part: it proves no board. Told with the commit, not kept
	Values  []float64 // by column; NaN is a gap; may be shorter than the columns (the rest are gaps)
}

// Info describes a series.
type Info struct {
	ID      ID
	Session string
	Name    string
	Columns []Column
	Rows    int64
	First   time.Time // arrival of the first and last row; zero when there is none
	Last    time.Time
}

// Errors of stores.
var (
	ErrClosed   = errors.New("the store is closed")
	ErrNotFound = errors.New("no such series")
	ErrOff      = errors.New("recording is off")
	ErrTaken    = errors.New("the name has series already")
)

// Batch is rows of one series, in order.
type Batch struct {
	Series ID
	Rows   []Row
}

// Appender is the pipeline's view of a store.
type Appender interface {
	// Define returns the series of that session and name, making it when it
	// is new, with at least the given columns: columns the series already has
	// (by position) are replaced by the given ones, further ones are added.
	// The change is durable with, and never after, the next appended row.
	Define(session, name string, columns []Column) (ID, error)
	// Append queues rows for the next commit and gives each its Seq, in place.
	// The store owns the Values from then on. It blocks while too much is
	// waiting (its own publisher waits, nobody else's), returns ErrOff while
	// recording is off and ErrClosed after Close.
	Append(b Batch) error
}

// Clock chooses the time of a query: arrival, or the device's own.
type Clock string

// The two clocks. A row without device time has its arrival for both.
const (
	Arrival Clock = "arrival"
	Device  Clock = "device"
)

// Query chooses rows of one series.
type Query struct {
	From, To time.Time // inclusive From, exclusive To, by Clock; zero = open
	After    int64     // only rows with Seq greater
	First    int64     // only rows with Seq from First
	Last     int64     // to Last, both inclusive; 0 = open
	Points   int       // >0: at most about so many rows, keeping each column's minima and maxima and the first and last row
	Limit    int       // >0: the last so many rows of the choice
	Clock    Clock     // "" = Arrival
	Sent     bool      // Values as they were sent, not scaled to the columns' Unit
}

// Reader is the pages' view of a store. What was committed is seen at once;
// rows of a series come in order of Seq. Values are scaled to the columns'
// Unit and have the length of the columns.
type Reader interface {
	// List returns the session's series by name; all sessions' for "".
	List(ctx context.Context, session string) ([]Info, error)
	// Get finds a series by session (any case) and name; ErrNotFound.
	Get(ctx context.Context, session, name string) (Info, error)
	// Rows calls f for each row; Values is valid during the call only. It
	// stops at f's first error and returns it.
	Rows(ctx context.Context, id ID, q Query, f func(Row) error) error
}

// Keeper is the owner's view: what changes or removes what was kept.
type Keeper interface {
	// SetColumn replaces one column's description (unit corrections).
	SetColumn(id ID, index int, c Column) error
	// DeleteSession removes all of a session's series, for good.
	DeleteSession(ctx context.Context, session string) error
	// RenameSession gives all that a session has (series, runs, plots, controls) another
	// name, for good when it returns, all of it or nothing; IDs, rows and their
	// order stay. One that has nothing is no error. ErrTaken where another
	// session has series under that name. Nobody may Define series of either
	// name meanwhile.
	RenameSession(ctx context.Context, from, to string) error
}

// Committed is what a store tells after each commit, in order of Seq within a
// series. Values are as sent (unscaled) and shared: read only.
type Committed struct {
	Info    *Info // immutable snapshot: ID, Session, Name, Columns
	Rows    []Row
	Changed bool // the series is new or its columns changed
}
