package dashboard

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"labbroker/internal/live"
)

// seatJSON is one session as the room may see it: no values, texts or problems,
// and no name unless the instructor wants it.
type seatJSON struct {
	ID    string `json:"id"`             // its alias
	Seat  string `json:"seat,omitempty"` // stands in its place where there is one
	Name  string `json:"name,omitempty"` // of the session
	State string `json:"state"`
}

// projected are the tiles of the projector.
func (s *Server) projected(names bool) []live.Tile {
	list := s.states()
	tiles := make([]live.Tile, 0, len(list))
	for _, x := range list {
		seat := seatJSON{ID: s.aliases.get(x.name), Seat: s.who(x.name).seat, State: x.state}
		if names {
			seat.Name = x.name
		}
		b, err := json.Marshal(seat)
		s.complain("encode a seat", x.name, err)
		tiles = append(tiles, live.Tile{Key: seat.ID, JSON: b})
	}
	// The order of names would tell them.
	slices.SortFunc(tiles, func(a, b live.Tile) int { return strings.Compare(a.Key, b.Key) })
	return tiles
}

func (s *Server) getProjectorStream(w http.ResponseWriter, r *http.Request, _ call) error {
	view := live.ViewProjector
	if r.URL.Query().Get("names") == "1" {
		view = live.ViewNames
	}
	return s.stream(w, r, func(write func([]byte) error) error { return s.Hub.Wall(r.Context(), view, write) })
}

// Wall implements live.Source.
func (x *source) Wall(_ context.Context, v live.View) []live.Tile {
	s := (*Server)(x)
	if v != live.ViewClass {
		return s.projected(v == live.ViewNames)
	}
	summaries := s.summaries()
	tiles := make([]live.Tile, len(summaries))
	for i := range summaries {
		b, err := json.Marshal(summaries[i])
		s.complain("encode a tile", summaries[i].Session, err)
		tiles[i] = live.Tile{Key: summaries[i].Session, JSON: b}
	}
	return tiles
}
