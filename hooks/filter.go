package hooks

import "labbroker/hooks/policy"

// Filter asks the policy about a filter. Its literal first level binds a client
// without a session, unless it is what a session shares with the class.
func (m *member) Filter(filter string) (granted bool) {
	p := m.gate.policy()
	if m.who() == (policy.Who{}) {
		if first, ok := p.BindsFilter(filter); ok {
			m.bind(first, ok)
			p = m.gate.policy()
		}
	}
	who := m.who()
	if v := p.Filter(who, filter); v != policy.Allow {
		m.Notice(policy.ExplainFilter(v, who, filter))
		return false
	}
	if v := p.FilterHint(who, filter); v != policy.Allow {
		m.Notice(policy.ExplainFilter(v, who, filter))
	}
	return true
}
