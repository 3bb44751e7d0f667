package dashboard

import (
	"context"
	"encoding/json"

	"labbroker/internal/live"
	"labbroker/internal/series"
	"labbroker/sensor"
)

// source is the Server as the live hub sees it.
type source Server

var _ live.Source = (*source)(nil)

// Parts implements live.Source.
func (x *source) Parts(ctx context.Context, name string, want live.Want) live.Parts {
	s := (*Server)(x)
	var p live.Parts
	if want.Series {
		infos, err := s.Reader.List(ctx, name)
		if err == nil {
			p.Infos = infos
			p.Series, err = encodeSeries(infos)
		}
		s.complain("list the series of a live page", name, err)
	}
	if state, key := s.state(name); want.State || key != want.StateKey {
		b, err := json.Marshal(state)
		s.complain("encode a live page's state", name, err)
		p.State, p.StateKey = b, key
	}
	if want.Topics {
		p.TopicsVersion = want.TopicsSince
		if s.Presence.Changed(name) != want.TopicsSince || want.TopicsSince == 0 {
			topics, version := s.Presence.TopicsSince(name, want.TopicsSince)
			if p.TopicsVersion = version; len(topics) > 0 {
				b, err := json.Marshal(topicsJSON(topics))
				s.complain("encode a live page's topics", name, err)
				p.Topics = b
			}
		}
	}
	if want.Notices {
		b, err := json.Marshal(noticesJSON(s.Notices.List(name)))
		s.complain("encode a live page's notices", name, err)
		p.Notices = b
	}
	if want.Rows {
		s.bench.Moved(name)
	}
	if want.Runs {
		items, err := s.runItems(ctx, name)
		s.complain("list the runs of a live page", name, err)
		p.Runs = items
	}
	if want.Plots {
		items, err := s.plotItems(ctx, name)
		s.complain("list the plots of a live page", name, err)
		p.Plots = items
	}
	if want.IV {
		p.IV = s.bench.Live(name)
	}
	return p
}

// complain logs what a stream cannot tell its browser.
func (s *Server) complain(what, name string, err error) {
	if err != nil {
		s.o.Log.Error(what, "session", name, "err", err)
	}
}

// unitChoices are the units that a column can be set to.
func unitChoices(c series.Column) []string {
	choices := sensor.Units(c.Quantity)
	if choices == nil {
		choices = []string{}
	}
	return choices
}
