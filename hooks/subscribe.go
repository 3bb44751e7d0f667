package hooks

import (
	"strings"

	mqtt "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/packets"

	"labbroker/hooks/policy"
)

// deaf comes before a literal filter that is granted and delivers nothing: no
// topic begins so, and mochi's question whether the client may read it, which
// looks like the question about a delivery, is answered by its wildcard.
const deaf = "$deaf/+/"

// OnSubscribe makes of each filter what mochi is to do with it: refused ones
// become empty, for which mochi answers 0x80; groups of $share become the
// session's own.
func (g *Gate) OnSubscribe(cl *mqtt.Client, pk packets.Packet) packets.Packet {
	m := g.member(cl)
	if m == nil {
		return pk
	}
	for i := range pk.Filters {
		f := &pk.Filters[i].Filter
		*f = m.subscribe(*f)
	}
	return pk
}

func (m *member) subscribe(filter string) string {
	rules := m.gate.rules()
	if m.who.Load() == nil {
		if first, ok := rules.BindsFilter(filter); ok {
			m.bind(first, ok)
			rules = m.gate.rules()
		}
	}
	who := m.now()
	if v := rules.Filter(who, filter); v != policy.Allow {
		m.tell(policy.ExplainFilter(v, who, filter))
		return ""
	}
	if v := rules.FilterHint(who, filter); v != policy.Allow {
		m.tell(policy.ExplainFilter(v, who, filter))
	}
	if group, rest, ok := cutShare(filter); ok {
		return share(who.Session, m.home, group, rest)
	}
	if !strings.ContainsAny(filter, "+#") && !rules.Deliver(who, filter) {
		return deaf + filter
	}
	return filter
}

// OnUnsubscribe undoes what OnSubscribe may have made of the filters. The
// UNSUBACK of 3.1.1 does not count them.
func (g *Gate) OnUnsubscribe(cl *mqtt.Client, pk packets.Packet) packets.Packet {
	m := g.member(cl)
	if m == nil {
		return pk
	}
	var made packets.Subscriptions
	for _, sub := range pk.Filters {
		if group, rest, ok := cutShare(sub.Filter); ok {
			made = append(made, packets.Subscription{Filter: share(m.Session(), m.home, group, rest)})
			if m.Session() != "" { // before it was bound
				made = append(made, packets.Subscription{Filter: share("", m.home, group, rest)})
			}
			continue
		}
		made = append(made, sub)
		if !strings.ContainsAny(sub.Filter, "+#") {
			made = append(made, packets.Subscription{Filter: deaf + sub.Filter})
		}
	}
	pk.Filters = made
	return pk
}

// cutShare takes a well formed shared filter apart.
func cutShare(filter string) (group, rest string, ok bool) {
	if len(filter) < len(mqtt.SharePrefix)+1 || !strings.EqualFold(filter[:len(mqtt.SharePrefix)], mqtt.SharePrefix) ||
		filter[len(mqtt.SharePrefix)] != '/' {
		return "", "", false
	}
	return strings.Cut(filter[len(mqtt.SharePrefix)+1:], "/")
}

// share is a shared filter whose group belongs to one session: no name of a
// session has a dot.
func share(name, home, group, rest string) string {
	if name == "" {
		name = home
	}
	return "$share/" + name + "." + group + "/" + rest
}
