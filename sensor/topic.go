package sensor

import (
	"hash/fnv"
	"strconv"
	"strings"
)

// topic is what a topic says about the numbers published on it.
type topic struct {
	series  string // they belong to
	whole   string // the series of payloads with keys of their own
	sibling bool   // a single number here is one of a row
	field   Field  // for a single number
	named   bool   // field's name comes from the topic
	amps    bool   // senders of such topics mean A and W
	bin     bool
	keep    bool // a clock is a column too
}

// topic reads a topic, remembered.
func (d *Decoder) topic(s string) *topic {
	if t, ok := d.topics[s]; ok {
		return t
	}
	if d.topics == nil || len(d.topics) >= maxKnown {
		d.topics = make(map[string]*topic)
	}
	s = strings.Clone(s)
	t := readTopic(s)
	d.topics[s] = t
	return t
}

func readTopic(s string) *topic {
	above, last := cutLast(s)
	t := &topic{whole: SeriesName(s), bin: last == "bin", keep: last == "add"}
	if t.bin && above != "" {
		t.whole = SeriesName(above)
	}
	t.series = t.whole
	t.field = Field{Key: "value", Name: "value", Factor: 1}
	if t.bin || s == "" {
		return t
	}
	n := parseName(last)
	own := above // where siblings meet
	stat := ""
	switch {
	case n.spread:
		t.field.Key, t.field.Name = n.key, n.key
		return t
	case (n.generic || n.level) && above != "":
		t.amps = n.generic && n.key == "state"
		if n.level {
			stat = "_" + n.key
		}
		t.series = SeriesName(above)
		own, last = cutLast(above)
		n = parseName(last)
	}
	if n.generic || n.level || n.spread {
		return t
	}
	if n.quantity == Unknown || n.weak && !joins(n.quantity) || n.clock {
		if stat != "" {
			t.series = t.whole
		}
		return t
	}
	t.named = true
	t.field = n.field
	t.field.weak = false
	if n.prefix != "" && joins(n.quantity) {
		t.amps = t.amps || strings.HasPrefix(strings.ToLower(n.prefix), "ina")
		if rest := strings.TrimLeft(strings.TrimPrefix(n.name, n.prefix), "_- ."); rest != "" {
			t.field.Name = rest
			own = strings.TrimPrefix(own+"/"+n.prefix, "/")
		}
	}
	t.field.Name += stat
	t.field.Key = t.field.Name + "\x00" + n.key
	if t.amps && (t.field.Evidence == Custom) && (n.quantity == Current || n.quantity == Power) {
		t.field.assume(false, true)
	}
	if joins(n.quantity) {
		t.sibling = true
		t.series = SeriesName(own)
	}
	return t
}

// joins says whether numbers of q on neighbouring topics make one row.
func joins(q Quantity) bool {
	switch q {
	case Voltage, LoadVoltage, ShuntVoltage, Current, Power, Resistance, Energy, Charge:
		return true
	}
	return false
}

func cutLast(s string) (above, last string) {
	if i := strings.LastIndexByte(s, '/'); i >= 0 {
		return s[:i], s[i+1:]
	}
	return "", s
}

// SeriesName is the name of the series of a topic: the topic itself, unless
// it is empty or very long.
func SeriesName(topic string) string {
	if topic == "" {
		return Root
	}
	if len(topic) <= maxSeries {
		return topic
	}
	h := fnv.New32a()
	h.Write([]byte(topic))
	return strings.ToValidUTF8(topic[:maxSeries-10], "") + "~" + strconv.FormatUint(uint64(h.Sum32()), 16)
}
