package pass

import (
	"encoding/base32"
	"strings"
)

// Slip signs a session in for as long as its password is what it is now:
// for printed slips. It is "<name>.<mac>".
func (p *Passes) Slip(name string) string {
	return name + "." + p.slipMAC(name)
}

var slipText = base32.StdEncoding.WithPadding(base32.NoPadding)

func (p *Passes) slipMAC(name string) string {
	mac := p.sign("labbroker slip", name, p.accounts.Stamp(name))
	return strings.ToLower(slipText.EncodeToString(mac[:15]))
}
