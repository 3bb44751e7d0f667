package dashboard

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"labbroker/dashboard/bench"
	"labbroker/internal/live"
	"labbroker/internal/plot"
	"labbroker/internal/series"
)

// plotJSON is a plot as GET .../plots and the event "plots" have it.
type plotJSON struct {
	ID      int64           `json:"id"`
	Kind    string          `json:"kind"` // "plot", "saved" or "chart"
	File    string          `json:"file"`
	Series  string          `json:"series"`
	Time    instant         `json:"time"`
	Options json.RawMessage `json:"options"`
	First   int64           `json:"first"`
	Last    int64           `json:"last"` // 0 = the series goes on
	Message string          `json:"message"`
	URL     string          `json:"url"`     // from this server's root
	Formats []string        `json:"formats"` // that ?format= gives, the file's own first
}

func plotOf(p *series.Plot) plotJSON {
	out := plotJSON{
		ID: p.ID, Kind: string(p.Kind), File: p.File, Series: p.SeriesName, Time: milli(p.Time), Options: p.Options,
		First: p.First, Last: p.Last, Message: p.Message, URL: PlotURL(p.Session, p.File), Formats: []string{"pkl"},
	}
	if !json.Valid(out.Options) {
		out.Options = json.RawMessage("{}")
	}
	if p.Kind != series.PlotSaved {
		own := plot.FormatOf(p.File)
		out.Formats = []string{string(own)}
		for _, f := range []plot.Format{plot.PDF, plot.SVG, plot.PNG} {
			if f != own {
				out.Formats = append(out.Formats, string(f))
			}
		}
	}
	return out
}

// PlotURL is where a plot is served, from the server's root. Students choose these names: each part is
// escaped, so that none ends the path.
func PlotURL(session, file string) string {
	parts := strings.Split(file, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return "/api/sessions/" + session + "/plots/" + strings.Join(parts, "/")
}

func (s *Server) getPlots(w http.ResponseWriter, r *http.Request, c call) error {
	list, err := s.o.Plots.Plots(r.Context(), c.name)
	if err != nil {
		return fmt.Errorf("list plots: %w", err)
	}
	// Those of one commit have their numbers in any order.
	slices.SortStableFunc(list, func(a, b series.Plot) int { return b.Time.Compare(a.Time) })
	out := make([]plotJSON, len(list))
	for i := range list {
		out[i] = plotOf(&list[i])
	}
	return sendJSON(w, http.StatusOK, out)
}

// plotItems are the newest plots for the live stream.
func (s *Server) plotItems(ctx context.Context, name string) ([]live.Item, error) {
	list, err := s.o.Plots.Plots(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("list plots: %w", err)
	}
	list = newest(list, func(p series.Plot) int64 { return p.ID })
	items := make([]live.Item, len(list))
	for i := range list {
		b, err := json.Marshal(plotOf(&list[i]))
		if err != nil {
			return nil, fmt.Errorf("encode plot %d: %w", list[i].ID, err)
		}
		items[i] = live.Item{ID: list[i].ID, JSON: b}
	}
	return items, nil
}

// plot finds the plot in the request's path. Names are looked up, never
// opened: a hostile one is just not there.
func (s *Server) plot(r *http.Request, c call) (series.Plot, error) {
	p, err := s.o.Plots.PlotFile(r.Context(), c.name, r.PathValue("file"))
	switch {
	case errors.Is(err, series.ErrNotFound):
		return p, fail(http.StatusNotFound, "There is no such plot.")
	case err != nil:
		return p, fmt.Errorf("find a plot: %w", err)
	}
	return p, nil
}

// getPlot serves a plot: the picture in the format of its name or the one
// asked for, the pickle of a saved series, its rows, or the same as a chart
// for the page.
func (s *Server) getPlot(w http.ResponseWriter, r *http.Request, c call) error {
	p, err := s.plot(r, c)
	if err != nil {
		return err
	}
	v, err := s.plotView(r.Context(), &p)
	if err != nil {
		return err
	}
	q := r.URL.Query()
	switch data := q.Get("data"); {
	case data == "csv":
		return s.sendPlotData(w, r, &p, &v, "csv")
	case data != "":
		return fail(http.StatusBadRequest, "data is csv.")
	case q.Get("chart") == "1":
		dark, err := isDark(q)
		if err != nil {
			return err
		}
		return s.sendPlotChart(w, r, &p, &v, dark)
	case p.Kind == series.PlotSaved:
		if f := q.Get("format"); f != "" && f != "pkl" {
			return fail(http.StatusBadRequest, "A saved series is a pickle: format is pkl; its rows are at data=csv.")
		}
		return s.sendPlotData(w, r, &p, &v, "pkl")
	}
	format := plot.FormatOf(p.File)
	if f := q.Get("format"); f != "" {
		if format = plot.Format(f); format != plot.PDF && format != plot.SVG && format != plot.PNG {
			return fail(http.StatusBadRequest, "format is pdf, svg or png.")
		}
	}
	return s.sendPicture(w, r, &p, &v, format)
}

func isDark(q url.Values) (bool, error) {
	switch q.Get("dark") {
	case "", "0":
		return false, nil
	case "1":
		return true, nil
	}
	return false, fail(http.StatusBadRequest, "dark is 0 or 1.")
}

// The policies of pictures: nothing of theirs runs or loads. Browsers' own
// viewers of PDF do not work in a sandbox; they run no scripts of this origin.
const (
	imagePolicy = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; frame-ancestors 'self'; sandbox"
	pdfPolicy   = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'"
)

func (s *Server) sendPicture(w http.ResponseWriter, r *http.Request, p *series.Plot, v *series.View, format plot.Format) error {
	key := bench.DrawingOf(p, v, format)
	h := w.Header()
	h.Set("Content-Type", format.ContentType())
	h.Set("Content-Disposition", disposition(r, pictureName(p.File, format)))
	h.Set("Content-Security-Policy", imagePolicy)
	if format == plot.PDF {
		h.Set("Content-Security-Policy", pdfPolicy)
	}
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", key.ETag())
	if r.Header.Get("If-None-Match") == key.ETag() {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	if r.Method == http.MethodHead {
		return nil
	}
	b, err := s.draw(r.Context(), p, v, key)
	if err != nil {
		h.Set("Content-Security-Policy", policy)
		return err
	}
	h.Set("Content-Length", itoa(len(b)))
	_, err = w.Write(b)
	return err
}

// draw is a plot's picture.
func (s *Server) draw(ctx context.Context, p *series.Plot, v *series.View, key bench.Drawing) ([]byte, error) {
	o, err := plotOptions(p)
	if err != nil {
		return nil, err
	}
	b, err := s.bench.Draw(ctx, p, v, o, key)
	if errors.Is(err, bench.ErrLarge) {
		return nil, fail(http.StatusRequestEntityTooLarge, "The picture would be larger than %d MB. Ask for it as PNG.", bench.MaxDrawing>>20)
	}
	return b, err
}

func plotOptions(p *series.Plot) (plot.Options, error) {
	o, _, err := plot.ParseOptions(p.Options)
	if err != nil {
		err = fail(http.StatusBadRequest, "The plot cannot be drawn: %v.", err)
	}
	return o, err
}

// disposition shows a file in the browser, or saves it for ?download=1. Names
// beyond ASCII are encoded.
func disposition(r *http.Request, name string) string {
	kind := "inline"
	if r.URL.Query().Get("download") == "1" {
		kind = "attachment"
	}
	return mime.FormatMediaType(kind, map[string]string{"filename": name})
}

func attachment(name string) string {
	return mime.FormatMediaType("attachment", map[string]string{"filename": name})
}

// pictureName is the file's name without folders and with the format's ending.
func pictureName(file string, format plot.Format) string {
	name := path.Base(file)
	return strings.TrimSuffix(name, path.Ext(name)) + "." + string(format)
}

func (s *Server) deletePlot(w http.ResponseWriter, r *http.Request, c call) error {
	p, err := s.plot(r, c)
	if err != nil {
		return err
	}
	err = s.o.Plots.DeletePlot(r.Context(), c.name, p.ID)
	if err != nil && !errors.Is(err, series.ErrNotFound) {
		return fmt.Errorf("remove plot %d: %w", p.ID, err)
	}
	s.Changed(c.name, "plots")
	w.WriteHeader(http.StatusNoContent)
	return nil
}
