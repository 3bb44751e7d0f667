package dashboard

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"labbroker/internal/series"
)

// control is a button, switch, slider or value that is pinned to a topic, as
// pages have it.
type control struct {
	ID       int64   `json:"id"`
	Kind     string  `json:"kind"` // "button", "switch", "slider" or "value"
	Label    string  `json:"label"`
	Topic    string  `json:"topic"` // whole
	QoS      int     `json:"qos"`
	Retain   bool    `json:"retain"`
	Payload  string  `json:"payload,omitempty"` // of a button
	On       string  `json:"on,omitempty"`      // of a switch
	Off      string  `json:"off,omitempty"`
	Min      float64 `json:"min"` // of a slider
	Max      float64 `json:"max"`
	Step     float64 `json:"step"`
	Template string  `json:"template,omitempty"` // with {value} in it
}

// keptControl is how it is stored: the topic below the session's prefix where
// it is there, so that it follows when the session is renamed.
type keptControl struct {
	control
	Below bool `json:"below,omitempty"`
}

// Limits of a control's texts, in bytes.
const (
	maxLabel          = 80
	maxControlTopic   = 512
	maxControlPayload = 2 << 10
)

// check says what is wrong with a control that a page sends.
func (x *control) check() error {
	wrong := func(format string, a ...any) error { return fail(http.StatusUnprocessableEntity, format, a...) }
	x.Label = strings.TrimSpace(x.Label)
	switch {
	case !slices.Contains([]string{"button", "switch", "slider", "value"}, x.Kind):
		return wrong("A control is a button, a switch, a slider or a value.")
	case x.Topic == "" || len(x.Topic) > maxControlTopic || strings.ContainsAny(x.Topic, "\x00+#"):
		return wrong("A control has one topic, without wildcards and of at most %d bytes.", maxControlTopic)
	case len(x.Label) > maxLabel || !utf8.ValidString(x.Label):
		return wrong("A control's name has at most %d bytes.", maxLabel)
	case x.QoS < 0 || x.QoS > 2:
		return wrong("QoS is 0, 1 or 2.")
	case len(x.Payload)+len(x.On)+len(x.Off)+len(x.Template) > maxControlPayload:
		return wrong("What a control sends has at most %d bytes.", maxControlPayload)
	case x.Kind == "switch" && x.On == x.Off:
		return wrong("A switch sends something else for on than for off.")
	case x.Kind != "slider":
		x.Min, x.Max, x.Step = 0, 0, 0
	case !(x.Min < x.Max) || !(x.Step > 0) || math.Abs(x.Min) > 1e12 || math.Abs(x.Max) > 1e12 || (x.Max-x.Min)/x.Step > 1e6:
		return wrong("A slider goes from its least to a greater number, in steps above 0.")
	}
	return nil
}

// keep is the control as it is stored.
func (x control) keep(name string) ([]byte, error) {
	k := keptControl{control: x}
	k.ID = 0
	k.Topic, k.Below = strings.CutPrefix(x.Topic, name+"/")
	b, err := json.Marshal(k)
	if err != nil {
		return nil, fmt.Errorf("encode a control: %w", err)
	}
	return b, nil
}

func controlJSON(c *series.Control, name string) (control, error) {
	var k keptControl
	if err := json.Unmarshal(c.Data, &k); err != nil {
		return control{}, fmt.Errorf("read control %d: %w", c.ID, err)
	}
	if k.ID = c.ID; k.Below {
		k.Topic = name + "/" + k.Topic
	}
	return k.control, nil
}

func (s *Server) controlRoutes() []route {
	const one = "/api/sessions/{session}/controls"
	return []route{
		{"GET", one, reader, s.getControls},
		{"POST", one, owner, s.postControl},
		{"PUT", one, owner, s.putControls},
		{"PUT", one + "/{control}", owner, s.putControl},
		{"DELETE", one + "/{control}", owner, s.deleteControl},
	}
}

func (s *Server) getControls(w http.ResponseWriter, r *http.Request, c call) error {
	list, err := s.o.Controls.Controls(r.Context(), c.name)
	if err != nil {
		return err
	}
	out := make([]control, len(list))
	for i := range list {
		if out[i], err = controlJSON(&list[i], c.name); err != nil {
			return err
		}
	}
	return sendJSON(w, http.StatusOK, out)
}

func (s *Server) postControl(w http.ResponseWriter, r *http.Request, c call) error {
	return s.keepControl(w, r, c, 0)
}

func (s *Server) putControl(w http.ResponseWriter, r *http.Request, c call) error {
	id, err := controlID(r)
	if err != nil {
		return err
	}
	return s.keepControl(w, r, c, id)
}

func (s *Server) keepControl(w http.ResponseWriter, r *http.Request, c call, id int64) error {
	var in control
	if err := readJSON(r, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	data, err := in.keep(c.name)
	if err != nil {
		return err
	}
	kept, err := s.o.Controls.PutControl(r.Context(), series.Control{ID: id, Session: c.name, Data: data})
	switch {
	case errors.Is(err, series.ErrFull):
		return fail(http.StatusUnprocessableEntity, "There is room for %d controls: remove one.", series.MaxControls)
	case err != nil:
		return notPinned(err)
	}
	in.ID = kept.ID
	return sendJSON(w, http.StatusOK, in)
}

// putControls puts the controls into an order.
func (s *Server) putControls(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct{ Order []int64 }
	if err := readJSON(r, &in); err != nil {
		return err
	}
	if err := s.o.Controls.OrderControls(r.Context(), c.name, in.Order); err != nil {
		return err
	}
	return s.getControls(w, r, c)
}

func (s *Server) deleteControl(w http.ResponseWriter, r *http.Request, c call) error {
	id, err := controlID(r)
	if err != nil {
		return err
	}
	if err := s.o.Controls.DeleteControl(r.Context(), c.name, id); err != nil {
		return notPinned(err)
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func controlID(r *http.Request) (int64, error) {
	id, err := strconv.ParseInt(r.PathValue("control"), 10, 64)
	if err != nil || id <= 0 {
		return 0, notPinned(series.ErrNotFound)
	}
	return id, nil
}

func notPinned(err error) error {
	if errors.Is(err, series.ErrNotFound) {
		return fail(http.StatusNotFound, "There is no such control.")
	}
	return err
}
