package mdns

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"golang.org/x/net/dns/dnsmessage"

	"labbroker/internal/lan"
)

// Lives of records, in seconds (RFC 6762, 10).
const (
	hostLife    = 120
	serviceLife = 75 * 60
)

// own marks a record that nobody else has: others' caches forget what they had
// (RFC 6762, 10.2). In a question the same bit asks for an answer to the asker
// alone.
const own = 1 << 15

const (
	typeNSEC = dnsmessage.Type(47)
	typeSRV  = dnsmessage.TypeSRV
)

// records are what one name stands for.
type records struct {
	host     dnsmessage.Name
	services []Service
}

// newRecords wants a label of 1 to 63 letters, digits and hyphens; another is
// a programmer's mistake.
func newRecords(label string, services []Service) records {
	return records{host: name(label + ".local."), services: services}
}

func name(s string) dnsmessage.Name { return dnsmessage.MustNewName(s) }

func same(a, b dnsmessage.Name) bool { return strings.EqualFold(a.String(), b.String()) }

func (r records) hostName() string { return strings.TrimSuffix(r.host.String(), ".") }

func (r records) label() string { return strings.TrimSuffix(r.hostName(), ".local") }

func kind(s Service) dnsmessage.Name { return name(s.Type + ".local.") }

// instance is the service's own name: that of the host in front of the type.
func (r records) instance(s Service) dnsmessage.Name {
	return name(r.label() + "." + s.Type + ".local.")
}

var allKinds = name("_services._dns-sd._udp.local.")

func header(n dnsmessage.Name, life uint32, class dnsmessage.Class) dnsmessage.ResourceHeader {
	return dnsmessage.ResourceHeader{Name: n, Class: class, TTL: life}
}

func (r records) addresses(i lan.Interface) []dnsmessage.Resource {
	var all []dnsmessage.Resource
	for _, p := range i.Prefixes {
		all = append(all, dnsmessage.Resource{
			Header: header(r.host, hostLife, dnsmessage.ClassINET|own), Body: &dnsmessage.AResource{A: p.Addr().As4()},
		})
	}
	return all
}

// onlyA says that the host has no other address than IPv4 ones, so that who
// asks for another does not wait for it (RFC 6762, 6.1).
func (r records) onlyA() dnsmessage.Resource {
	var next []byte
	for part := range strings.SplitSeq(r.hostName(), ".") {
		next = append(append(next, byte(len(part))), part...)
	}
	next = append(next, 0 /* the root */, 0, 1, 0x40 /* window 0, one byte, type 1 */)
	return dnsmessage.Resource{
		Header: header(r.host, hostLife, dnsmessage.ClassINET|own), Body: &dnsmessage.UnknownResource{Type: typeNSEC, Data: next},
	}
}

func (r records) location(s Service) dnsmessage.Resource {
	return dnsmessage.Resource{
		Header: header(r.instance(s), hostLife, dnsmessage.ClassINET|own), Body: &dnsmessage.SRVResource{Port: s.Port, Target: r.host},
	}
}

func (r records) text(s Service) dnsmessage.Resource {
	text := s.Text
	if len(text) == 0 {
		text = []string{""} // empty, but there (RFC 6763, 6.1)
	}
	return dnsmessage.Resource{
		Header: header(r.instance(s), serviceLife, dnsmessage.ClassINET|own), Body: &dnsmessage.TXTResource{TXT: text},
	}
}

func (r records) pointer(s Service) dnsmessage.Resource {
	return dnsmessage.Resource{
		Header: header(kind(s), serviceLife, dnsmessage.ClassINET), Body: &dnsmessage.PTRResource{PTR: r.instance(s)},
	}
}

// answer gives the records for a question, and those that the asker will want
// next.
func (r records) answer(q dnsmessage.Question, i lan.Interface) (answers, more []dnsmessage.Resource) {
	wants := func(t dnsmessage.Type) bool { return q.Type == t || q.Type == dnsmessage.TypeALL }
	if class := q.Class &^ own; class != dnsmessage.ClassINET && class != dnsmessage.ClassANY {
		return nil, nil
	}
	if same(q.Name, r.host) {
		if wants(dnsmessage.TypeA) {
			return r.addresses(i), []dnsmessage.Resource{r.onlyA()}
		}
		return []dnsmessage.Resource{r.onlyA()}, r.addresses(i)
	}
	for _, s := range r.services {
		switch {
		case same(q.Name, kind(s)) && wants(dnsmessage.TypePTR):
			return []dnsmessage.Resource{r.pointer(s)}, append([]dnsmessage.Resource{r.location(s), r.text(s)}, r.addresses(i)...)
		case same(q.Name, r.instance(s)):
			if wants(typeSRV) {
				answers = append(answers, r.location(s))
			}
			if wants(dnsmessage.TypeTXT) {
				answers = append(answers, r.text(s))
			}
			return answers, r.addresses(i)
		case same(q.Name, allKinds) && wants(dnsmessage.TypePTR):
			answers = append(answers, dnsmessage.Resource{
				Header: header(allKinds, serviceLife, dnsmessage.ClassINET), Body: &dnsmessage.PTRResource{PTR: kind(s)},
			})
		}
	}
	return answers, nil
}

// probe asks whether anybody has the names, and says what they are to be.
func (r records) probe(i lan.Interface) []byte {
	m := dnsmessage.Message{Authorities: r.addresses(i)}
	ask := func(n dnsmessage.Name) {
		m.Questions = append(m.Questions, dnsmessage.Question{Name: n, Type: dnsmessage.TypeALL, Class: dnsmessage.ClassINET})
	}
	ask(r.host)
	for _, s := range r.services {
		ask(r.instance(s))
		m.Authorities = append(m.Authorities, r.location(s))
	}
	for k := range m.Authorities {
		m.Authorities[k].Header.Class &^= own
	}
	return pack(m)
}

// announcement tells all there is, or that it ends.
func (r records) announcement(i lan.Interface, ends bool) []byte {
	m := dnsmessage.Message{Header: dnsmessage.Header{Response: true, Authoritative: true}}
	m.Answers = append(r.addresses(i), r.onlyA())
	for _, s := range r.services {
		m.Answers = append(m.Answers, r.pointer(s), r.location(s), r.text(s))
	}
	for k := range m.Answers {
		if ends {
			m.Answers[k].Header.TTL = 0
		}
	}
	return pack(m)
}

// pack cannot fail on our own records, which are short.
func pack(m dnsmessage.Message) []byte {
	b, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return b
}

// claims are the addresses and places that records give to our names, in the
// order in which two that ask at once compare them (RFC 6762, 8.2).
func (r records) claims(list []dnsmessage.Resource) (all []string) {
	for _, x := range list {
		switch body := x.Body.(type) {
		case *dnsmessage.AResource:
			if same(x.Header.Name, r.host) {
				all = append(all, string(append([]byte{0, 1}, body.A[:]...)))
			}
		case *dnsmessage.SRVResource:
			if slices.ContainsFunc(r.services, func(s Service) bool { return same(x.Header.Name, r.instance(s)) }) {
				b := binary.BigEndian.AppendUint16([]byte{0, 33, byte(body.Priority >> 8), byte(body.Priority), byte(body.Weight >> 8), byte(body.Weight)}, body.Port)
				all = append(all, string(b)+strings.ToLower(body.Target.String()))
			}
		}
	}
	slices.SortFunc(all, cmp.Compare[string])
	return all
}
