package sensor

// Reading is what one payload says. It belongs to its Decoder and is valid
// until the next Decode.
type Reading struct {
	// Series is the series the numbers belong to, the topic as a rule. The
	// numbers of sibling topics (x/voltage, x/current) share one, x.
	Series string
	// Sibling: the payload is one number, to be joined with those of its
	// neighbours to a row of Series.
	Sibling bool
	// Label is the string in front of an array's numbers: ["IV", 3.3, 12.5].
	// The function Label makes it.
	Label string
	// Positional: fields have no names, only places.
	Positional bool
	// Names are the words of a payload that reads like the header of a CSV
	// file; there are no Groups then, or they already use the names.
	Names []string
	// Groups are rows. Several with one Sub are several rows, in order.
	Groups []Group
	// Problems are mistakes in how it was written.
	Problems []Problem
}

// Group is a row of numbers that were measured together.
type Group struct {
	Sub    string // which part of the payload: "INA219-40"; "" for all or the rest
	Fields []Field
	Clock  Clock // the device's time
}

// Evidence says how well a unit is known, better ones greater.
type Evidence uint8

// How a unit came to be known.
const (
	None       Evidence = iota // it is not
	Custom                     // the class's own code sends mA and mW
	Habit                      // as the kind of sender does that names things so
	Usual                      // everybody sends volts, degrees Celsius, percent: not a guess
	Resolution                 // an INA219 has no finer steps than 0.1 mA
	Range                      // an INA219 cannot measure that much of the other
	Product                    // power is voltage times current
	Said                       // it is written there
)

// Guessed says whether the unit was only concluded.
func (e Evidence) Guessed() bool {
	return e == Custom || e == Habit || e == Resolution || e == Range
}

// Field is one number.
type Field struct {
	Key      string   // as sent, to know the same field again: "current_mA"
	Name     string   // without its unit: "current"
	Quantity Quantity // "" = unknown
	Unit     string   // shown: "mA"
	Sent     string   // as sent: "A", or scaled "V*100"
	Factor   float64  // Unit per Sent
	Evidence Evidence
	Value    float64 // as sent; NaN = a gap

	// PerMessage: the unit stood beside the number ("812 mA"), so the next
	// message may have another.
	PerMessage bool
	// Load marks a load voltage, which beside a bus voltage is not the Voltage.
	Load bool

	stem     string
	decimals uint8
	weak     bool
	clock    ClockKind
}

// Title reads a column's title ("Current [mA]") without a value.
func Title(s string) Field {
	n := parseName(s)
	return n.field
}

// Take returns f with the number of another field, and with that one's unit
// where it stood beside the number.
func (f Field) Take(o Field) Field {
	f.Value, f.decimals = o.Value, o.decimals
	if o.PerMessage {
		f.Quantity, f.Unit, f.Sent, f.Factor, f.Evidence, f.PerMessage = o.Quantity, o.Unit, o.Sent, o.Factor, o.Evidence, true
	}
	return f
}

// Clock is the field's number as the device's time; ClockNone where its name
// is not one of a clock.
func (f Field) Clock() Clock {
	if f.clock == ClockNone || f.Value != f.Value {
		return Clock{}
	}
	return Clock{Kind: f.clock, Value: f.Value}
}

// Mistake is a kind of mistake in a payload.
type Mistake uint8

// The mistakes that Decode finds.
const (
	BytesRepr    Mistake = iota // b'5.02'
	DecimalComma                // 5,02
	NotANumber                  // nan
	Broken                      // begins like JSON and is none
	TooMany                     // more than MaxFields numbers in a row
	TooLong                     // not read at all
)

// Problem is a mistake at one place of a payload.
type Problem struct {
	Mistake Mistake
	Key     string // "" where the payload is one value
	Value   string // as sent, cut
}

// Clock is the device's time as sent. ClockNone is the zero value.
type Clock struct {
	Kind  ClockKind
	Value float64 // in the unit of Kind
	Unix  int64   // of ClockDate and ClockLocal: Unix nanoseconds
}

// ClockKind says what a device's time counts.
type ClockKind uint8

// Kinds of device time. Which moment a count begins at is for the receiver to
// tell from its own clock.
const (
	ClockNone    ClockKind = iota
	ClockCount             // a number, nobody said of what
	ClockSeconds           // a number of seconds
	ClockMillis
	ClockMicros
	ClockDate  // a date with its zone
	ClockLocal // a date in a zone that nobody said, read as UTC
)
