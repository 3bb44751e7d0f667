//go:build screenshots

package e2e

import (
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-rod/rod/lib/proto"
)

// gallery is where the guides' pictures are.
const gallery = "../../../docs/screenshots"

// pictured is the class of the pictures: nobody in it exists. Its scripts are
// those that a bare Linux has letters for.
const pictured = `name,session,section,seat,display name,team
Ada Lovelace,ada,Tue 10,1,,
Bruno Costa,bruno,Tue 10,2,,
Ελένη Παππά,eleni,Tue 10,3,Eleni,
Олена Шевчук,olena,Tue 10,4,Olena,
Jürgen Groß,juergen,Tue 10,5,,
ნინო ბერიძე,nino,Tue 10,6,Nino,
Żaneta Ćwik,zaneta,Tue 10,7,,
Sara Lind,,Tue 10,8,,sun
Tom Okoye,,Tue 10,8,,sun
ليلى حداد,layla,Tue 14,9,Layla,
Mai Nguyễn,mai,Tue 14,10,,
Արամ Սարյան,aram,Tue 14,11,Aram,
Élise Faure,elise,Tue 14,12,,
Diego Ruiz,diego,Tue 14,13,,
נועה לוי,noa,Tue 14,14,Noa,
Kofi Mensah,kofi,Tue 14,15,,
`

// class is a running class for pictures.
type class struct {
	*Server
	t         *testing.T
	passwords map[string]string
	wg        sync.WaitGroup
}

// TestScreenshots makes the pictures of the guides: `make screenshots`.
func TestScreenshots(t *testing.T) {
	if err := os.MkdirAll(gallery, 0o755); err != nil {
		t.Fatal(err)
	}
	args := []string{"--public-host", "192.168.1.5", "--mdns=false", "--session-rate", "30", "--session-burst", "60"}
	if free("127.0.0.1:1883") && free("127.0.0.1:8080") { // as people see them
		args = append(args, "--mqtt-addr", "127.0.0.1:1883", "--http-addr", "127.0.0.1:8080")
	}
	c := &class{Server: startServer(t, Options{Args: args}), t: t, passwords: map[string]string{}}
	c.order(t, "PUT", "/api/class", map[string]any{
		"name": "Electronics 49", "wifi": "EE49-lab", "wifi_password": "two-four-ghz", "joining": true, "join_code": "solar-427",
	}, 200)
	c.enrol(t, pictured)
	for _, slip := range c.roster(t, "/api/roster/slips").Slips {
		c.passwords[slip.Session] = slip.Password
	}
	lab := map[string]any{"name": "Lab 3: solar cell", "steps": []map[string]any{
		{"kind": "connected"}, {"kind": "reading"}, {"kind": "sweep"}, {"kind": "plot"}, {"kind": "manual", "text": "report handed in"},
	}}
	c.order(t, "POST", "/api/labs", lab, 201)
	t.Cleanup(c.wg.Wait)
	for i, name := range []string{"ada", "bruno", "eleni", "olena", "juergen", "nino", "sun", "layla", "mai"} {
		c.sweeping(name, 1-0.07*float64(i%5), float64(3*i))
	}
	began := time.Now()
	browser := startChromium(t)
	c.joining(newTab(t, browser, c.Server))
	c.instructing(newTab(t, startChromium(t), c.Server).size(1280, 800).signIn("instructor", teacher), began)
	c.measuring(newTab(t, browser, c.Server).size(1280, 800).signIn("ada", c.passwords["ada"]))
}

// come is a board that connects with this client id.
func (c *class) come(id, user, password string) *board {
	c.t.Helper()
	b := dial(c.t, c.Server)
	if code := b.connect(id, user, password); code != 0 {
		c.t.Fatalf("CONNACK of %s: got %d, want 0", user, code)
	}
	return b
}

// sweeping is a board with a solar cell whose load goes up and down, ten
// readings a second, until the test ends.
func (c *class) sweeping(name string, sun, phase float64) {
	b := c.come(name+"-board", name, c.passwords[name])
	c.wg.Add(1)
	go func() {
		defer c.wg.Done()
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for k := 0.0; ; k++ {
			select {
			case <-c.t.Context().Done():
				return
			case <-tick.C:
			}
			at := math.Mod((k/10+phase)/12, 2) // up within 12 s, down within 12 s
			v := 5.05 * math.Min(at, 2-at)
			i := sun*80*(1-math.Expm1(v/0.25)/math.Expm1(5/0.25)) + 0.1*math.Sin(7*k)
			i = math.Max(i, 0)
			b.send(0x30, append(field(name+"/mcu/ina219"), fmt.Sprintf(`{"voltage": %.3f, "current_mA": %.1f, "power_mW": %.1f}`, v, i, v*i)...))
		}
	}()
}

// joining is a new student with a phone.
func (c *class) joining(p *tab) {
	p.size(390, 760).goTo("/join")
	p.waitText("#title", "Join Electronics 49")
	p.fill(`#joining [name="name"]`, "Noor Haddad")
	p.waitText("#wish", "noor")
	p.fill(`#joining [name="code"]`, "solar-427")
	c.picture(p, "join", "")
	p.click("#joining .primary")
	p.waitText("#steps", "has not been seen yet")
	p.waitText(".program", "SESSION")
	c.picture(p, "start", "")
	slips := c.roster(c.t, "/api/roster/slips?session=noor").Slips
	if len(slips) != 1 {
		c.t.Fatalf("slips of noor: got %d, want 1", len(slips))
	}
	c.passwords["noor"] = slips[0].Password
	dial(c.t, c.Server).connect("noor-board", "noor", "not-her-password")
	p.waitText("#steps", "is wrong")
	c.picture(p, "start-refused", "")
	c.sweeping("noor", 0.8, 0)
	p.waitText("#light", "Your board is connected")
	p.waitText("#steps", "The reading is understood")
	c.picture(p.size(1280, 800), "start-connected", "")
}

// instructing walks the instructor's pages.
func (c *class) instructing(p *tab, began time.Time) {
	t, s := c.t, c.Server
	as := func(name string) *board { return c.come(name+"-board", name, c.passwords[name]) }
	for range 4 {
		as("kofi")
	}
	as("aram").leave()
	elise := as("elise")
	elise.publish1("elise/mcu/voltage", "4.71")
	elise.c.Close()
	dial(t, s).connect("esp32", "diego", "1234")
	noa := as("noa")
	noa.publish1("noa/mcu/voltage", "b'5.02'")
	noa.publish1("data", "5.02")
	b := c.come("bruno-host", "bruno", c.passwords["bruno"])
	b.publish1("bruno/plot_series", `["mcu/ina219",{"filename":"power.pdf"}]`)

	p.size(1280, 1000).goTo("/setup")
	p.waitText("#people", "17 people") // with her who joined
	c.picture(p, "setup", "main")
	p.size(1280, 800).goTo("/roster")
	p.waitText("#people", "Ελένη Παππά")
	c.picture(p, "roster", "")
	p.goTo("/roster/slips")
	p.waitJS(`() => { const a = [...document.querySelectorAll('.slip img.qr')]; return a.length > 8 && a.every((i) => i.complete); }`)
	c.picture(p, "slips", "")

	slow := as("noa")
	c.wg.Add(1)
	go func() { // without a sleep in the loop
		defer c.wg.Done()
		for t.Context().Err() == nil {
			slow.send(0x30, append(field("noa/mcu/ina219"), `{"voltage": 5.02}`...))
			select {
			case <-t.Context().Done():
			case <-time.After(5 * time.Millisecond):
			}
		}
	}()
	eventually(t, func() string { // whole sweeps of all
		if d := 30*time.Second - time.Since(began); d > 0 {
			return fmt.Sprint("the sweeps, in ", d)
		}
		return ""
	})
	p.goTo("/wall")
	p.waitText("#summary", "publishing")
	p.waitText("#tiles", "slowed")
	p.waitText("#tiles", "keeps reconnecting")
	c.settle(p)
	c.picture(p, "wall", "")
	p.click("#tiles li .more")
	c.picture(p, "wall-menu", "")
	p.size(1280, 720).goTo("/wall?projector")
	p.waitText("#seats", "publishing")
	c.settle(p)
	c.picture(p, "projector", "")
	p.size(1280, 800).goTo("/labs")
	p.waitText("#matrix", "ada")
	c.settle(p)
	c.picture(p, "labs", "")
}

// measuring walks a student's page.
func (c *class) measuring(p *tab) {
	p.goTo("/s/ada#tab=live")
	p.waitJS(`() => Number(document.documentElement.dataset.lastSeq || 0) > 0`)
	c.settle(p)
	c.picture(p, "live", "")
	p.bench("ada", "iv")
	p.waitJS(`() => { // a sweep that has ended
		const s = document.querySelector('#pane-iv select');
		if (!s || s.options.length < 3) return false;
		s.selectedIndex = 2;
		s.dispatchEvent(new Event('change'));
		return true;
	}`)
	c.settle(p)
	c.picture(p, "iv", "")

	host := c.come("ada-host", "ada", c.passwords["ada"])
	p.bench("ada", "packets")
	p.waitText("#pane-packets", "PUBLISH")
	host.publish1("ada/cmd/led", `{"led": 0}`)
	p.waitJS(`() => { const n = document.querySelector('#packets-client'); n.value = 'cada-host'; n.dispatchEvent(new Event('change')); return n.value !== ''; }`)
	host.publish1("ada/cmd/led", `{"led": 1}`)
	p.packets("PUBLISH QoS 1 ada/cmd/led")
	p.openPacket("PUBLISH ada/cmd/led")
	p.waitText(".packet", "Over HTTP")
	p.waitText("#status", "publishing")
	c.picture(p, "packets", "")

	host.subscribe("ada/led", 1)
	p.bench("ada", "publish")
	p.waitText("#pane-publish", "Nothing is pinned yet")
	p.enter("#publish-topic", "led")
	p.enter("#publish-payload", "on")
	p.click("#publish-qos [data-qos='1']")
	p.click("#publish-send")
	p.waitText("#publish-outcome", "not acknowledged")
	c.picture(p, "publish", "")
	p.enter("#check-topic", "Ada/mcu/ina219")
	p.enter("#check-payload", `{"voltage": 5.02, "current": 81.3}`)
	p.click("#check-ask")
	p.waitText("#check-result", "Not allowed")
	c.picture(p, "check", "[aria-labelledby=check-title]")

	host.publish1("data", "5.02")
	host.publish1("Ada/data", "5.02")
	host.publish1("bruno/current", "81.3")
	host.publish1("ada/mcu/voltage", "b'5.02'")
	p.goTo("/").bench("ada", "live")
	p.waitText("#notices", "looks like bytes")
	c.picture(p, "hints", "#notices")

	p.size(800, 900).goTo("/")
	p.waitText("#refused", "is wrong")
	c.picture(p, "home", "")
}

// settle waits until the page has drawn what it has.
func (c *class) settle(p *tab) {
	p.js(`() => new Promise((done) => setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(done)), 1500))`)
}

// picture keeps what the window shows, or an element alone, as docs/screenshots/NAME.png.
func (c *class) picture(p *tab, name, selector string) {
	c.t.Helper()
	p.js(`() => document.fonts.ready.then(() => true)`)
	var b []byte
	var err error
	if selector == "" {
		b, err = p.Screenshot(false, nil)
	} else {
		b, err = p.MustElement(selector).Screenshot(proto.PageCaptureScreenshotFormatPng, 0)
	}
	if err != nil {
		c.t.Fatalf("picture %s: %v", name, err)
	}
	if b, err = small(b); err != nil {
		c.t.Fatalf("picture %s: %v", name, err)
	}
	if err := os.WriteFile(filepath.Join(gallery, name+".png"), b, 0o644); err != nil {
		c.t.Fatal(err)
	}
	c.t.Logf("%s.png: %d kB", name, len(b)/1000)
}

// free says whether nobody listens at an address.
func free(addr string) bool {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return !strings.Contains(err.Error(), "in use")
	}
	return l.Close() == nil
}
