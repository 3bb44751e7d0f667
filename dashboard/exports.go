package dashboard

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"labbroker/dashboard/download"
	"labbroker/internal/export"
	"labbroker/internal/notice"
	"labbroker/internal/series"
)

// asking is what an export is asked for: of a series, of a run, or, with
// neither, of all that the session has.
type asking struct {
	Format   string
	Series   string
	Run      int64
	Headings string
	TZ       string
}

// order is an export that can be made.
type order struct {
	s       *Server
	session string
	format  export.Format
	tables  []export.Table
	options export.Options
	runs    [][]series.Run // of each table, those with an I-V curve, newest first
	of      int64          // rows, about
	size    int64          // bytes, about
	name    string         // of the file
}

// order finds the tables of an export and refuses what cannot be made.
func (s *Server) order(ctx context.Context, c call, a asking) (*order, error) {
	o := &order{s: s, session: c.name}
	o.options = export.Options{Headings: a.Headings, Dir: s.exports.Dir()}
	if a.Headings != "" && a.Headings != export.Course {
		return nil, fail(http.StatusBadRequest, "headings is %s, or nothing.", export.Course)
	}
	if a.TZ != "" {
		location, err := time.LoadLocation(a.TZ)
		if err != nil || a.TZ == "Local" {
			return nil, fail(http.StatusBadRequest, "There is no time zone %s: use a name such as Europe/Berlin.", notice.Quote(a.TZ))
		}
		o.options.Location = location
	}
	name, err := s.addTables(ctx, o, c, a)
	if err != nil {
		return nil, err
	}
	if o.format, err = export.FormatOf(a.Format, len(o.tables)); err != nil {
		return nil, fail(http.StatusNotFound, "There is no such format: choose %s.", formatNames())
	}
	if len(o.tables) == 0 {
		return nil, fail(http.StatusNotFound, "There is nothing to export yet: the session has no series.")
	}
	for i := range o.tables {
		o.of += o.tables[i].Count
		o.size += o.tables[i].Count * int64(len(o.tables[i].Columns)+2) * cellSize(a.Format)
	}
	o.name = fileName(c.name, name, o.format.Extension)
	return o, nil
}

func formatNames() string {
	var names []string
	for _, f := range export.Formats() {
		names = append(names, f.Name)
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}

// cellSize is about how many bytes a number takes.
func cellSize(format string) int64 {
	switch format {
	case "csv", "json":
		return 12
	case "ipynb": // it loads its data
		return 0
	}
	return 9
}

// getExport makes an export and sends it as it is made. What breaks off midway
// breaks the connection off.
func (s *Server) getExport(w http.ResponseWriter, r *http.Request, c call) error {
	a, err := askedExport(r.URL)
	if err != nil {
		return err
	}
	o, err := s.order(r.Context(), c, a)
	if err != nil {
		return err
	}
	if a.Format != "csv" && a.Format != "json" { // these are not sent as they are read, but wait on the disk
		if err := s.exports.Bears(o.size); err != nil {
			return s.exportRefused(err, o.size)
		}
	}
	w.Header().Set("Content-Type", o.format.ContentType)
	w.Header().Set("Content-Disposition", `attachment; filename="`+o.name+`"`)
	if r.Method == http.MethodHead {
		return nil
	}
	s.complete(r.Context(), o)
	o.options.URL = dataURL(r, c.name, a)
	return exportError(export.Write(r.Context(), w, a.Format, o.tables, o.options))
}

// askedExport reads the address of an export.
func askedExport(u *url.URL) (asking, error) {
	q := u.Query()
	a := asking{
		Format: strings.TrimPrefix(path.Ext(u.Path), "."), Series: q.Get("series"), Headings: q.Get("headings"), TZ: q.Get("tz"),
	}
	if text := q.Get("run"); text != "" {
		var err error
		if a.Run, err = strconv.ParseInt(text, 10, 64); err != nil || a.Run <= 0 {
			return a, fail(http.StatusBadRequest, "run is the number of a run, as in the list of runs.")
		}
	}
	return a, nil
}

// dataURL is where the tables of an export are as CSV, as the browser reaches
// this server: for the notebook, and for the lines that load an export. The
// key is the one that came with the request, else a word to be replaced.
func dataURL(r *http.Request, name string, a asking) string {
	return exportURL(r, name, a, "csv")
}

func exportURL(r *http.Request, name string, a asking, format string) string {
	q := url.Values{}
	if a.Series != "" {
		q.Set("series", a.Series)
	}
	if a.Run != 0 {
		q.Set("run", strconv.FormatInt(a.Run, 10))
	}
	if a.Headings != "" {
		q.Set("headings", a.Headings)
	}
	if a.TZ != "" && format == "xlsx" {
		q.Set("tz", a.TZ)
	}
	key := r.URL.Query().Get("key")
	if key == "" {
		key = "KEY"
	}
	q.Set("key", key)
	return "http://" + r.Host + "/api/sessions/" + name + "/export." + format + "?" + q.Encode()
}

// exportRefused says why an export of about so many bytes is not begun.
func (s *Server) exportRefused(err error, size int64) error {
	switch {
	case errors.Is(err, download.ErrLarge):
		return fail(http.StatusRequestEntityTooLarge,
			"This export would be about %.1f GB; %d GB are made here. Choose a run, or CSV as a direct download.", float64(size)/1e9, download.Largest>>30)
	case errors.Is(err, download.ErrDisk):
		return fail(http.StatusInsufficientStorage, "The server's disk has too little room for this export: %d MB are free.", s.o.Recording().Free>>20)
	case errors.Is(err, download.ErrOwn):
		return fail(http.StatusTooManyRequests, "%d exports of this session are under way. Wait for one, or cancel it.", download.OwnJobs)
	case errors.Is(err, download.ErrAll):
		return fail(http.StatusTooManyRequests, "The server makes %d exports already. Try again in a moment.", download.AllJobs)
	}
	return err
}

func exportError(err error) error {
	switch {
	case errors.Is(err, export.ErrTooBig):
		return fail(http.StatusRequestEntityTooLarge, "This is too much for one file of this format. Choose a run, or CSV.")
	case errors.Is(err, export.ErrEmpty):
		return fail(http.StatusNotFound, "There is nothing to export yet.")
	}
	return err
}

// exportSentence says why a file was not made, "" where only the log may know.
// large is what is said of one that is too large, with %d for the GB.
func exportSentence(err error, large string) string {
	var f *failure
	switch {
	case errors.Is(err, download.ErrLarge):
		return fmt.Sprintf(large, download.Largest>>30)
	case errors.As(exportError(err), &f):
		return f.text
	}
	return ""
}
