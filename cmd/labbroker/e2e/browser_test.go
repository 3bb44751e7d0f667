package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-rod/rod"
	"github.com/go-rod/rod/lib/launcher"
	"github.com/go-rod/rod/lib/launcher/flags"
	"github.com/go-rod/rod/lib/proto"
)

// chromium are the names of the browser with everything that people have.
var chromium = []string{"chromium", "chromium-browser", "google-chrome"}

// startBrowser runs a headless browser of its own until the test ends. Where
// there is one it is Chromium without what is around the pages, which takes a
// third less of the machine; it has no windows that hide each other, and
// downloads nothing. A machine without any fails the test: make test installs
// them.
func startBrowser(t *testing.T) *rod.Browser {
	t.Helper()
	return runBrowser(t, append([]string{"chromium-headless-shell"}, chromium...))
}

// startChromium runs the whole browser, for what the other lacks and for
// figures that are to hold for people's.
func startChromium(t *testing.T) *rod.Browser {
	t.Helper()
	return runBrowser(t, chromium)
}

func runBrowser(t *testing.T, names []string) *rod.Browser {
	t.Helper()
	bin := ""
	for _, name := range names {
		if path, err := exec.LookPath(name); err == nil {
			bin = path
			break
		}
	}
	if bin == "" {
		t.Fatal("no chromium, chromium-browser or google-chrome in the PATH: run make test, which installs what the tests need")
	}
	dir, err := os.MkdirTemp("", "labbroker-browser-")
	if err != nil {
		t.Fatal(err)
	}
	l := launcher.New().Bin(bin).UserDataDir(dir).Leakless(false).Headless(true).NoSandbox(true)
	for _, flag := range []string{"disable-gpu", "disable-background-networking", "disable-component-update", "disable-sync", "no-first-run"} {
		l.Set(flags.Flag(flag))
	}
	control, err := l.Launch()
	if err != nil {
		t.Fatalf("start %s: %v", bin, err)
	}
	b := rod.New().ControlURL(control)
	if err := b.Connect(); err != nil {
		t.Fatalf("connect to %s: %v", bin, err)
	}
	t.Cleanup(func() {
		b.Close()
		l.Kill()
		l.Cleanup()
	})
	return b
}

// tab is a page under test. It collects what no page may have: errors in the
// console (the content security policy's among them), exceptions, dialogs,
// and requests to another host.
type tab struct {
	*rod.Page
	t *testing.T
	s *Server

	mu    sync.Mutex // guards wrong
	wrong []string
}

// newTab opens an empty page in the browser for server s.
func newTab(t *testing.T, b *rod.Browser, s *Server) *tab {
	t.Helper()
	page, err := b.Page(proto.TargetCreateTarget{URL: "about:blank"})
	if err != nil {
		t.Fatal(err)
	}
	p := &tab{Page: page.Timeout(5 * time.Minute), t: t, s: s}
	for _, err := range []error{
		proto.RuntimeEnable{}.Call(page), proto.LogEnable{}.Call(page), proto.NetworkEnable{}.Call(page), proto.PageEnable{}.Call(page),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	go page.EachEvent(
		func(e *proto.RuntimeConsoleAPICalled) {
			if e.Type == proto.RuntimeConsoleAPICalledTypeError || e.Type == proto.RuntimeConsoleAPICalledTypeWarning {
				p.note("console: " + fmt.Sprint(e.Args))
			}
		},
		func(e *proto.RuntimeExceptionThrown) {
			p.note("exception: " + e.ExceptionDetails.Text + " " + describe(e))
		},
		func(e *proto.LogEntryAdded) {
			if e.Entry.Level == proto.LogLogEntryLevelError || e.Entry.Source == proto.LogLogEntrySourceSecurity {
				p.note("log: " + e.Entry.Text + " " + e.Entry.URL)
			}
		},
		func(e *proto.PageJavascriptDialogOpening) {
			p.note("dialog: " + e.Message)
			proto.PageHandleJavaScriptDialog{Accept: false}.Call(page)
		},
		func(e *proto.NetworkRequestWillBeSent) {
			u, err := url.Parse(e.Request.URL)
			if err != nil || u.Scheme != "data" && u.Scheme != "about" && u.Scheme != "blob" && u.Host != s.HTTP {
				p.note("request to " + e.Request.URL)
			}
		},
	)()
	return p
}

func describe(e *proto.RuntimeExceptionThrown) string {
	if e.ExceptionDetails.Exception == nil {
		return ""
	}
	return e.ExceptionDetails.Exception.Description
}

func (p *tab) note(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wrong = append(p.wrong, text)
}

// clean fails the test for whatever the page did that none may do. allowed
// are parts of messages that the test itself caused.
func (p *tab) clean(allowed ...string) {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
next:
	for _, text := range p.wrong {
		for _, a := range allowed {
			if strings.Contains(text, a) {
				continue next
			}
		}
		p.t.Errorf("the page: got %s, want none", text)
	}
}

// goTo opens a path of the server and waits for the page to load.
func (p *tab) goTo(path string) *tab {
	p.t.Helper()
	if err := p.Navigate(p.s.URL(path)); err != nil {
		p.t.Fatalf("open %s: %v", path, err)
	}
	if err := p.WaitLoad(); err != nil {
		p.t.Fatalf("open %s: %v", path, err)
	}
	return p
}

// signIn gives the page's browser the cookie of a session.
func (p *tab) signIn(user, password string) *tab {
	p.t.Helper()
	p.goTo("/")
	p.js(`async (session, password) => {
		const answer = await fetch('/api/signin', {method: 'POST', headers: {'Content-Type': 'application/json', 'X-Requested-With': 'test'}, body: JSON.stringify({session, password})});
		if (!answer.ok) throw new Error(await answer.text());
	}`, user, password)
	return p
}

// js runs a function in the page and decodes what it returns as JSON.
func (p *tab) js(function string, args ...any) any {
	p.t.Helper()
	value, err := p.try(function, args...)
	if err != nil {
		p.t.Fatalf("%s: %v", function, err)
	}
	return value
}

func (p *tab) try(function string, args ...any) (any, error) {
	o, err := p.Evaluate(rod.Eval(function, args...).ByPromise())
	if err != nil {
		return nil, err
	}
	var value any
	if o.Value.Nil() {
		return nil, nil
	}
	err = json.Unmarshal([]byte(o.Value.JSON("", "")), &value)
	return value, err
}

// text is what a reader sees of the first element of a selector; "" when
// there is none, or it is hidden.
func (p *tab) text(selector string) string {
	p.t.Helper()
	text, err := p.tryText(selector)
	if err != nil {
		p.t.Fatalf("read %s: %v", selector, err)
	}
	return text
}

func (p *tab) tryText(selector string) (string, error) {
	got, err := p.try(`(s) => { const n = document.querySelector(s); return n && n.checkVisibility() ? n.innerText : ''; }`, selector)
	text, _ := got.(string)
	return strings.Join(strings.Fields(text), " "), err
}

// waitText waits until a reader sees want in an element.
func (p *tab) waitText(selector, want string) {
	p.t.Helper()
	eventually(p.t, func() string {
		got, err := p.tryText(selector)
		if err != nil {
			return fmt.Sprintf("%q in %s: %v", want, selector, err) // it leaves for another page
		}
		if strings.Contains(got, want) {
			return ""
		}
		page, _ := p.tryText("body")
		return fmt.Sprintf("%q in %s, which says %q (page: %s)", want, selector, got, page)
	})
}

// waitJS waits until a function in the page returns true.
func (p *tab) waitJS(function string, args ...any) {
	p.t.Helper()
	eventually(p.t, func() string {
		got, err := p.try(function, args...)
		if err == nil && got == true {
			return ""
		}
		return fmt.Sprintf("%s: got %v %v", function, got, err)
	})
}

// click clicks the first element of a selector.
func (p *tab) click(selector string) {
	p.t.Helper()
	p.js(`(s) => document.querySelector(s).click()`, selector)
}

// lastSeq is the newest row that the charts show, 0 when there is none.
func (p *tab) lastSeq() int64 {
	p.t.Helper()
	n, _ := p.js(`() => Number(document.documentElement.dataset.lastSeq || 0)`).(float64)
	return int64(n)
}

// front brings the tab to the front, which hides the browser's others.
func (p *tab) front() *tab {
	p.t.Helper()
	if _, err := p.Activate(); err != nil {
		p.t.Fatal(err)
	}
	return p
}

// size sets the window.
func (p *tab) size(width, height int) *tab {
	p.t.Helper()
	if err := p.SetViewport(&proto.EmulationSetDeviceMetricsOverride{Width: width, Height: height, DeviceScaleFactor: 1}); err != nil {
		p.t.Fatal(err)
	}
	return p
}
