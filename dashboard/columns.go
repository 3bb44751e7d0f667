package dashboard

import (
	"encoding/json"

	"labbroker/internal/series"
)

// columnJSON describes one column, in /series and /rows alike.
type columnJSON struct {
	Name     string   `json:"name"`
	Quantity string   `json:"quantity"`
	Unit     string   `json:"unit"`
	Guessed  bool     `json:"guessed"`
	Set      bool     `json:"set"`
	Sent     string   `json:"sent"`
	Units    []string `json:"units,omitempty"` // that it can be set to; in /series
}

func columnsJSON(columns []series.Column, choices func(series.Column) []string) []columnJSON {
	out := make([]columnJSON, len(columns))
	for i, c := range columns {
		out[i] = columnJSON{c.Name, string(c.Quantity), c.Unit, c.Guessed, c.Set, c.Sent, nil}
		if choices != nil {
			out[i].Units = choices(c)
		}
	}
	return out
}

type seriesJSON struct {
	Name    string       `json:"name"`
	Columns []columnJSON `json:"columns"`
	Rows    int64        `json:"rows"`
	First   *instant     `json:"first"`
	Last    *instant     `json:"last"`
}

func encodeSeries(infos []series.Info) ([]byte, error) {
	out := make([]seriesJSON, len(infos))
	for i := range infos {
		x := &infos[i]
		out[i] = seriesJSON{x.Name, columnsJSON(x.Columns, unitChoices), x.Rows, moment(x.First), moment(x.Last)}
	}
	return json.Marshal(out)
}
