package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-rod/rod/lib/proto"
)

// TestBrowserExport: the page saves an export, and the line that it shows
// loads the same into Python, until its key is revoked.
func TestBrowserExport(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	b := connected(t, s, "ada", "pw")
	solarCurve(b, "ada", "IV", 25)
	browser := startBrowser(t)
	p := newTab(t, browser, s).size(1280, 800).signIn("ada", "pw").bench("ada", "export")
	p.waitText("#export-lines", "pd.read_csv")
	dir := t.TempDir()
	err := proto.BrowserSetDownloadBehavior{
		Behavior: proto.BrowserSetDownloadBehaviorBehaviorAllow, BrowserContextID: browser.BrowserContextID, DownloadPath: dir,
	}.Call(browser)
	if err != nil {
		t.Fatal(err)
	}
	for name, begins := range map[string]string{"CSV": "time,elapsed_s,Voltage_V,Current_mA", "Excel": "PK", "NumPy": "PK", "pickle": "\x80"} {
		p.press("#pane-export", name)
		p.press("#pane-export", "Download")
		p.waitText("#export-job", "Saved")
		eventually(t, func() string {
			for _, path := range glob(t, dir) {
				if text, err := os.ReadFile(path); err == nil && strings.HasPrefix(string(text), begins) {
					os.Remove(path)
					return ""
				}
			}
			return fmt.Sprintf("a file that begins with %q among %q", begins, glob(t, dir))
		})
	}

	p.press("#pane-export", "CSV")
	if got := p.text("#key-revoke"); got != "" {
		t.Errorf("without a key: got the button %q, want none", got)
	}
	p.press("#pane-export", "Create key")
	p.waitJS(`() => /key=[0-9a-f]{20}/.test(document.querySelector('#export-lines [data-language=Python] code').textContent)`)
	line := p.js(`() => document.querySelector('#export-lines [data-language=Python] code').textContent`).(string)
	out, err := exec.Command("/usr/bin/python3", "-c", line+"; print(list(data.columns), len(data))").CombinedOutput()
	if want := "['time', 'elapsed_s', 'Voltage_V', 'Current_mA'] 25"; err != nil || strings.TrimSpace(string(out)) != want {
		t.Errorf("the line in Python: got %s %v, want %s", out, err, want)
	}
	// A browser that does not know the key knows that there is one.
	p.js(`() => localStorage.clear()`)
	p.goTo("/").bench("ada", "export")
	p.waitText("#pane-export", "made in another browser")
	p.press("#pane-export", "Revoke key")
	p.waitJS(`() => !document.querySelector('#key-revoke').checkVisibility()`)
	p.waitText("#export-lines", "KEY")
	out, err = exec.Command("/usr/bin/python3", "-c", line).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "401") {
		t.Errorf("the line after the key was revoked: got %s %v, want 401", out, err)
	}
	p.clean()
}

func glob(t *testing.T, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}
