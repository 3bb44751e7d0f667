package hooks

import (
	"strings"

	mqtt "github.com/mochi-mqtt/server/v2"

	"labbroker/hooks/policy"
	"labbroker/internal/notice"
)

// OnACLCheck is asked for each publish (write), each filter of a SUBSCRIBE and
// each delivery. Publishes are OnPublish's to refuse, filters OnSubscribe's;
// here is only the last word on a delivery. It allocates nothing.
func (g *Gate) OnACLCheck(cl *mqtt.Client, topic string, write bool) bool {
	m := g.member(cl)
	if m == nil {
		return cl.Net.Inline
	}
	if write {
		return true
	}
	// A topic has no wildcard: this is a filter, which OnSubscribe has granted.
	if strings.IndexByte(topic, '+') >= 0 || strings.IndexByte(topic, '#') >= 0 || isShare(topic) {
		return true
	}
	who := m.who.Load()
	if who == nil {
		return g.rules().Deliver(policy.Who{}, topic)
	}
	if !g.rules().Deliver(*who, topic) {
		return false
	}
	if cl.State.Inflight.Len() >= int(g.Opts.Capabilities.MaximumInflight) {
		// mochi drops the message without a word.
		m.tell(notice.Dropped(m.name()))
	}
	return true
}

func isShare(filter string) bool {
	return len(filter) > len(mqtt.SharePrefix) && filter[0] == '$' && filter[len(mqtt.SharePrefix)] == '/' &&
		strings.EqualFold(filter[:len(mqtt.SharePrefix)], mqtt.SharePrefix)
}
