package notice

import (
	"fmt"
	"strconv"
	"strings"
)

// The constructors below explain iot-plot's commands and the history.

// UnknownSeries: a row for a series that no new_series has started.
func UnknownSeries(topic, series string) Draft {
	return Draft{Code: CodeUnknownSeries, Topic: topic, Key: topic + "\x00" + series, Text: fmt.Sprintf(
		"The row at %s is for the series %s, which is not started. Send `new_series` first, with its name and its columns.",
		Quote(topic), Quote(series))}
}

// NothingToPlot: plot_series, save_series or text on plot for a series that
// has no rows.
func NothingToPlot(topic, series string) Draft {
	return Draft{Code: CodeUnknownSeries, Topic: topic, Key: topic + "\x00" + series, Text: fmt.Sprintf(
		"%s asks for the series %s, which has no rows. Send `new_series` and its rows first; capitals count.",
		Quote(topic), Quote(series))}
}

// PlotRefused: nothing was drawn or saved; why is a sentence without its
// capital and full stop, which says what to do.
func PlotRefused(topic, why string) Draft {
	return Draft{Code: CodePlotRefused, Topic: topic, Key: topic + "\x00" + why, Text: fmt.Sprintf(
		"What %s asks for was not made: %s.", Quote(topic), bounded(why))}
}

// PlotOptions: drawn, but not quite as asked for; why as in PlotRefused.
func PlotOptions(topic, file, why string) Draft {
	return Draft{Code: CodePlotOptions, Topic: topic, Key: topic + "\x00" + why, Text: fmt.Sprintf(
		"%s was drawn, with a change: %s.", Quote(file), bounded(why))}
}

// PlotsWaiting: more than limit plots were asked for at once.
func PlotsWaiting(topic string, limit int) Draft {
	return Draft{Code: CodePlotRefused, Topic: topic, Key: "waiting", Text: fmt.Sprintf(
		"More than %d plots wait to be made: one asked for at %s was left out. Plot after the loop that measures, not inside it.",
		limit, Quote(topic))}
}

// bounded keeps a sentence that quotes what was sent.
func bounded(s string) string {
	s = strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300]) + "…"
	}
	return s
}

// WrongCount: a row with got values for a series of want columns.
func WrongCount(topic, series string, got, want int) Draft {
	return Draft{Code: CodeWrongCount, Topic: topic, Key: fmt.Sprint(topic, "\x00", series, "\x00", got > want), Text: fmt.Sprintf(
		"The row at %s has %s; the series %s has %s. Send one value for each, in the order of the columns.",
		Quote(topic), plural(got, "value"), Quote(series), plural(want, "column"))}
}

// PlotFormat: a command of iot-plot whose payload has another form than
// want, an example such as `["S", 1.2, 3.4]`.
func PlotFormat(topic string, payload []byte, want string) Draft {
	return Draft{Code: CodePlotFormat, Topic: topic, Text: fmt.Sprintf(
		"%s at %s is not what the topic takes. Send JSON like %s.", quoted(payload), Quote(topic), Quote(want))}
}

// TooManySeries: the session has limit series; the topic's numbers are not
// recorded.
func TooManySeries(topic string, limit int) Draft {
	return Draft{Code: CodeTooManySeries, Key: "series", Topic: topic, Text: fmt.Sprintf(
		"You have %d series, which is the most: the numbers at %s are not recorded. Send to fewer topics.",
		limit, Quote(topic))}
}

// TooManyColumns: the series has limit columns; further ones are not
// recorded.
func TooManyColumns(topic string, limit int) Draft {
	return Draft{Code: CodeTooManyColumns, Topic: topic, Text: fmt.Sprintf(
		"%s has more than %d columns: the rest is not recorded. Use fewer keys, and the same ones each time.",
		Quote(topic), limit)}
}

// TooManyTopics: the page shows the limit newest topics only.
func TooManyTopics(limit int) Draft {
	return Draft{Code: CodeTooManyTopics, Text: fmt.Sprintf(
		"You publish to more than %d topics: the page shows the newest. Put what changes into the message, not into the topic.",
		limit)}
}

// RecordingOff: messages go on, readings are not kept; why is a sentence or
// "".
func RecordingOff(why string) Draft {
	text := "Recording is off: messages go on, the history does not grow. Tell the instructor."
	if why != "" {
		text = "Readings are not recorded; messages go on. " + why
	}
	return Draft{Code: CodeRecordingOff, Text: text}
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
