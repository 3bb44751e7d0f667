package notice

import (
	"fmt"
	"strings"
)

// The constructors below explain a payload. topic is what the student knows
// the message by, below the prefix or whole; column is "" where the payload
// is one number.

// BytesRepr: the payload is Python's text of bytes, b'5.02'.
func BytesRepr(topic string, payload []byte) Draft {
	return Draft{Code: CodeBytesRepr, Topic: topic, Text: fmt.Sprintf(
		"%s at %s looks like bytes turned to text. Send `str(v)`, or `.decode()` it first.", quoted(payload), Quote(topic))}
}

// DecimalComma: 5,02 for 5.02.
func DecimalComma(topic string, payload []byte) Draft {
	text := fmt.Sprintf("%s at %s has a decimal comma.", quoted(payload), Quote(topic))
	if p := string(payload); len(p) <= 24 && strings.Count(p, ",") == 1 {
		return Draft{Code: CodeDecimalComma, Topic: topic, Text: text +
			fmt.Sprintf(" Send a point: %s.", Quote(strings.Replace(strings.TrimSpace(p), ",", ".", 1)))}
	}
	return Draft{Code: CodeDecimalComma, Topic: topic, Text: text + " Send a point."}
}

// NaN: a value, sent as that text, is no number; the chart has a gap there.
func NaN(topic, column, sent string) Draft {
	return Draft{Code: CodeNaN, Topic: topic, Key: topic + "\x00" + column, Text: fmt.Sprintf(
		"%s sent %s, which is no number: the chart has a gap. Does the sensor answer, is something divided by zero?",
		field(topic, column), Quote(sent))}
}

// UnitGuessed: value came without a unit and was taken to be in unit.
func UnitGuessed(topic, column, unit string, value float64) Draft {
	other := otherUnit(unit)
	text := fmt.Sprintf("%s came without a unit and looks like %s (%s).", field(topic, column), Clean(unit), number(value))
	if other != "" {
		text += fmt.Sprintf(" Set the unit at the topic if it is %s.", other)
	} else {
		text += " Set the unit at the topic if it is another."
	}
	return Draft{Code: CodeUnitGuessed, Topic: topic, Key: topic + "\x00" + column, Text: text}
}

// AlwaysZero: every value since the beginning is 0.
func AlwaysZero(topic, column string) Draft {
	return Draft{Code: CodeAlwaysZero, Topic: topic, Key: topic + "\x00" + column, Text: fmt.Sprintf(
		"%s has been 0 all the time. Does the current flow through VIN+ and VIN-, is the sensor configured?",
		field(topic, column))}
}

// Pinned: the value stays at the end of the sensor's range.
func Pinned(topic, column string, value float64, unit string) Draft {
	return Draft{Code: CodePinned, Topic: topic, Key: topic + "\x00" + column, Text: fmt.Sprintf(
		"%s stays at %s %s, the end of the sensor's range: the true value may lie beyond. "+
			"Choose a larger range, or less load.", field(topic, column), number(value), Clean(unit))}
}

// SwappedPins: the current is always negative.
func SwappedPins(topic, column string) Draft {
	return Draft{Code: CodeSwappedPins, Topic: topic, Key: topic + "\x00" + column, Text: fmt.Sprintf(
		"%s is always negative. VIN+ and VIN- look swapped: the current goes in at VIN+.", field(topic, column))}
}

// BrokenJSON: the payload begins like JSON and does not parse.
func BrokenJSON(topic string, payload []byte) Draft {
	p := strings.TrimSpace(string(payload[:min(len(payload), 4096)]))
	why := "Send `json.dumps(v)`."
	switch {
	case len(payload) > 4096:
	case strings.Contains(p, "'") && !strings.Contains(p, `"`):
		why = "JSON has double quotes: send `json.dumps(v)`, not `str(v)`."
	case strings.Contains(p, "None"), strings.Contains(p, "True"), strings.Contains(p, "False"):
		why = "JSON has `null`, `true` and `false`: send `json.dumps(v)`, not `str(v)`."
	case strings.HasPrefix(p, "{") && !strings.HasSuffix(p, "}"), strings.HasPrefix(p, "[") && !strings.HasSuffix(p, "]"):
		why = "The end is missing: does it hold °, Ω or µ? Then send bytes: `json.dumps(v).encode()`."
	case strings.HasSuffix(p, ",}"), strings.HasSuffix(p, ",]"):
		why = "There is a comma too many at the end."
	}
	return Draft{Code: CodeBrokenJSON, Topic: topic, Text: fmt.Sprintf(
		"%s at %s begins like JSON and does not parse. %s", quoted(payload), Quote(topic), why)}
}

func field(topic, column string) string {
	switch {
	case column == "":
		return Quote(topic)
	case topic == "":
		return Quote(column)
	}
	return Quote(column) + " at " + Quote(topic)
}

func quoted(payload []byte) string { return Quote(string(payload[:min(len(payload), 4*maxQuote+4)])) }

// otherUnit is the unit that the guess is most often confused with.
func otherUnit(unit string) string {
	switch unit {
	case "A", "V", "W":
		return "m" + unit
	case "mA", "mV", "mW":
		return unit[1:]
	}
	return ""
}
