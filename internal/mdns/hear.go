package mdns

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"labbroker/internal/lan"
)

// legacyLife bounds what askers keep that know nothing of multicast DNS
// (RFC 6762, 6.7).
const legacyLife = 10

// handle takes one packet from the network.
func (r *Responder) handle(p packet) {
	i, ok := r.arrival(p)
	if !ok {
		return
	}
	var m dnsmessage.Message
	if m.Unpack(p.b) != nil || m.OpCode != 0 || m.RCode != 0 {
		return
	}
	switch {
	case m.Response:
		if p.from.Port() == uint16(group.Port) {
			r.hear(p, m)
		}
	case r.claimed:
		r.reply(p, i, m)
	case r.probed > 0:
		r.yield(i, m)
	}
}

// hear looks for our names in somebody's answer.
func (r *Responder) hear(p packet, m dnsmessage.Message) {
	if !slices.ContainsFunc(slices.Concat(m.Answers, m.Additionals), func(x dnsmessage.Resource) bool {
		return x.Header.TTL > 0 && r.foreign(x, p.from.Addr())
	}) {
		return
	}
	switch {
	case r.claimed:
		r.contested()
	case r.probed > 0:
		r.lost()
	}
}

// foreign says that a record gives one of our names to somebody else. This
// machine's own responder may have the host's name too: its addresses are ours.
func (r *Responder) foreign(x dnsmessage.Resource, from netip.Addr) bool {
	switch body := x.Body.(type) {
	case *dnsmessage.AResource:
		return same(x.Header.Name, r.records.host) && !r.ours(netip.AddrFrom4(body.A))
	case *dnsmessage.AAAAResource:
		return same(x.Header.Name, r.records.host) && !r.ours(from)
	case *dnsmessage.SRVResource:
		for _, s := range r.records.services {
			if same(x.Header.Name, r.records.instance(s)) {
				return body.Port != s.Port || !same(body.Target, r.records.host)
			}
		}
	}
	return false
}

// yield compares with another that asks for our name at the same time: whose
// records come later has it, the other waits and asks again.
func (r *Responder) yield(i lan.Interface, m dnsmessage.Message) {
	theirs := r.records.claims(m.Authorities)
	if len(theirs) == 0 || !slices.ContainsFunc(m.Authorities, func(x dnsmessage.Resource) bool {
		return r.foreign(x, netip.Addr{})
	}) {
		return
	}
	ours := r.records.addresses(i)
	for _, s := range r.records.services {
		ours = append(ours, r.records.location(s))
	}
	if slices.Compare(theirs, r.records.claims(ours)) > 0 {
		r.ask(deferFor)
	}
}

// reply answers what is asked of our names.
func (r *Responder) reply(p packet, i lan.Interface, q dnsmessage.Message) {
	legacy := p.from.Port() != uint16(group.Port)
	alone := legacy
	m := dnsmessage.Message{Header: dnsmessage.Header{Response: true, Authoritative: true}}
	for _, question := range q.Questions {
		answers, more := r.records.answer(question, i)
		if len(answers) == 0 {
			continue
		}
		for _, a := range answers {
			if !knows(q.Answers, a) {
				m.Answers = append(m.Answers, a)
			}
		}
		m.Additionals = append(m.Additionals, more...)
		alone = alone || question.Class&own != 0
	}
	if len(m.Answers) == 0 || !r.allowed() {
		return
	}
	if legacy { // an ordinary answer of DNS
		m.ID, m.Questions = q.ID, q.Questions
		for _, list := range [][]dnsmessage.Resource{m.Answers, m.Additionals} {
			for k := range list {
				list[k].Header.Class &^= own
				list[k].Header.TTL = min(list[k].Header.TTL, legacyLife)
			}
		}
	}
	b, err := m.Pack()
	if err != nil { // a strange question, repeated
		return
	}
	var to netip.AddrPort
	if alone {
		to = p.from
	}
	if err := r.wire.send(b, i, to); err != nil {
		r.o.Log.Debug("multicast DNS not answered", "interface", i.Name, "err", err)
	}
}

// knows says whether the asker has the record already, for more than half of
// its life (RFC 6762, 7.1).
func knows(known []dnsmessage.Resource, a dnsmessage.Resource) bool {
	return slices.ContainsFunc(known, func(k dnsmessage.Resource) bool {
		return same(k.Header.Name, a.Header.Name) && k.Header.TTL > a.Header.TTL/2 &&
			strings.EqualFold(k.Body.GoString(), a.Body.GoString())
	})
}

// allowed bounds the answers of a second.
func (r *Responder) allowed() bool {
	if now := time.Now(); now.Sub(r.second) >= time.Second {
		r.second, r.answers = now, 0
	}
	r.answers++
	return r.answers <= maxAnswers
}
