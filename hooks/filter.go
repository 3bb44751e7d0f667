package hooks

import "labbroker/hooks/policy"

// Filter asks the policy about a filter. Its literal first level binds a client
// without a session, unless it is what a session shares with the class.
func (m *member) Filter(filter string) (granted bool, told string) {
	p := m.gate.policy()
	if m.who() == (policy.Who{}) {
		if first, ok := p.BindsFilter(filter); ok {
			m.bind(first, ok)
			p = m.gate.policy()
		}
	}
	who := m.who()
	if v := p.Filter(who, filter); v != policy.Allow {
		d := policy.ExplainFilter(v, who, filter)
		m.Notice(d)
		return false, d.Text
	}
	if v := p.FilterHint(who, filter); v != policy.Allow {
		d := policy.ExplainFilter(v, who, filter)
		m.Notice(d)
		told = d.Text
	}
	return true, told
}
