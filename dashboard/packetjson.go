package dashboard

import (
	"math"
	"strings"
	"time"

	"labbroker/internal/ingest"
	"labbroker/internal/packets"
	"labbroker/sensor"
)

// Bounds of what is said of one packet's reading.
const (
	maxReadingRows   = 8
	maxReadingValues = 16
)

type packetsJSON struct {
	Packets []packetJSON `json:"packets"`
	Left    int          `json:"left"` // packets behind these that found no room
}

type packetJSON struct {
	At     micro  `json:"at"`
	Conn   int64  `json:"conn"`
	Client string `json:"client"`
	Addr   string `json:"addr"`
	Via    string `json:"via"`
	Out    bool   `json:"out"` // from the broker to the client

	Type    string           `json:"type"`          // "END" = the connection ended
	End     string           `json:"end,omitempty"` // why
	Dup     bool             `json:"dup"`
	QoS     byte             `json:"qos"`
	Retain  bool             `json:"retain"`
	ID      uint16           `json:"id"`
	Topic   string           `json:"topic"`
	Filters []packets.Filter `json:"filters,omitempty"`
	Codes   []int            `json:"codes,omitempty"`
	Connect *packets.Connect `json:"connect,omitempty"`
	Reading *packetReading   `json:"reading,omitempty"`

	Size      int    `json:"size"`       // bytes
	Head      int    `json:"head"`       // of them, the fixed header
	PayloadAt int    `json:"payload_at"` // where the payload begins
	Payload   int    `json:"payload"`    // its bytes
	Bytes     []byte `json:"bytes"`      // base64; the first 4 KiB, of CONNECT without the password

	Refused bool   `json:"refused"`
	Hint    string `json:"hint,omitempty"`
	What    string `json:"what"`
}

// packetReading is what a payload is understood as.
type packetReading struct {
	Command string       `json:"command,omitempty"` // new_series and the like: no reading
	Joins   bool         `json:"joins,omitempty"`   // one number, of a row with its neighbours
	Rows    []readingRow `json:"rows"`
	More    bool         `json:"more,omitempty"` // there are more rows or values
}

type readingRow struct {
	Series string         `json:"series"`
	Values []readingValue `json:"values"`
}

type readingValue struct {
	Name    string   `json:"name"`
	Title   string   `json:"title,omitempty"` // as it was declared: "Voltage [V]"
	Value   *float64 `json:"value"`           // in Unit; null = a gap
	Unit    string   `json:"unit"`
	Guessed bool     `json:"guessed,omitempty"`
}

// micro is a time with microseconds: between two packets there is often less
// than a millisecond.
type micro struct{ time.Time }

// MarshalJSON implements json.Marshaler.
func (t micro) MarshalJSON() ([]byte, error) {
	return t.UTC().AppendFormat(nil, `"2006-01-02T15:04:05.000000Z"`), nil
}

// packetList turns a session's packets into JSON.
type packetList struct {
	// session is whose series a topic's messages go to, in its spelling; false =
	// nobody's, or not for these eyes.
	session func(level string) (string, bool)
	rows    func(ingest.Message, *sensor.Reading, int, int) []ingest.PreviewRow
	decoder sensor.Decoder
}

func (l *packetList) json(seen []packets.Seen, left int) packetsJSON {
	out := packetsJSON{Packets: make([]packetJSON, len(seen)), Left: left}
	for i := range seen {
		out.Packets[i] = l.packet(&seen[i])
	}
	return out
}

func (l *packetList) packet(s *packets.Seen) packetJSON {
	j := packetJSON{
		At: micro{s.At}, Conn: s.Conn, Client: s.Client, Addr: s.Addr, Via: s.Via, Out: s.Out,
		Size: s.Size, Bytes: s.Bytes, Refused: s.Refused, Hint: s.Hint,
	}
	if s.Size == 0 {
		j.Type, j.End = "END", s.End
		j.What = "The connection was lost: nothing came to say goodbye."
		if s.Out {
			j.What = "The broker ended the connection: " + s.End + "."
		}
		return j
	}
	p := packets.Decode(s.Bytes, s.Size)
	j.Type, j.Dup, j.QoS, j.Retain, j.ID, j.Topic = p.Type, p.Dup, p.QoS, p.Retain, p.ID, p.Topic
	j.Filters, j.Connect, j.Head, j.PayloadAt, j.Payload = p.Filters, p.Connect, p.Head, p.At, p.Payload
	for _, code := range p.Codes {
		j.Codes = append(j.Codes, int(code))
	}
	j.Refused = j.Refused || p.Refusing
	j.What = packets.What(&p, s.Out)
	if p.Type == "PUBLISH" && p.At > 0 && !p.Cut {
		j.Reading = l.reading(p.Topic, s.Bytes[p.At:], s.At)
	}
	return j
}

// reading is how a message on a topic of the session is understood, with the
// names and units of its series; nil where it is text. at is when it passed.
func (l *packetList) reading(topic string, payload []byte, at time.Time) *packetReading {
	level, below, _ := strings.Cut(topic, "/")
	name, ok := l.session(level)
	if !ok {
		return nil
	}
	verb := below[strings.LastIndexByte(below, '/')+1:]
	switch verb {
	case "new_series", "plot_series", "save_series":
		return &packetReading{Command: verb, Rows: []readingRow{}}
	}
	r := l.decoder.Decode(below, payload)
	if len(r.Groups) == 0 {
		return nil
	}
	out := &packetReading{Joins: r.Sibling, More: len(r.Groups) > maxReadingRows}
	for _, row := range l.rows(ingest.Message{Session: name, Topic: below, Payload: payload, At: at}, r, maxReadingRows, maxReadingValues+1) {
		one := readingRow{Series: row.Series}
		for i := range row.Columns {
			c := &row.Columns[i]
			if i == maxReadingValues {
				out.More = true
				break
			}
			v := readingValue{Name: c.Name, Title: c.Title, Unit: c.Unit, Guessed: c.Guessed}
			if x := c.Value * c.Scale(); !math.IsNaN(x) && !math.IsInf(x, 0) {
				v.Value = &x
			}
			one.Values = append(one.Values, v)
		}
		out.Rows = append(out.Rows, one)
	}
	return out
}
