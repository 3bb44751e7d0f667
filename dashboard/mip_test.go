package dashboard

import (
	"net/http"
	"strings"
	"testing"
	"testing/fstest"
)

func TestMipPackage(t *testing.T) {
	t.Parallel()
	l := newLab(t, Options{
		Boards:    fstest.MapFS{"mqttclient.py": {Data: []byte("# here\n")}},
		Addresses: func() Addresses { return Addresses{HTTP: []string{"http://192.168.1.5:8088"}} },
	})
	for _, tt := range []struct{ host, want string }{
		{"192.168.1.5:8088", "http://192.168.1.5:8088/mip/mqttclient.py"},
		{"192.168.1.5", "http://192.168.1.5:8088/mip/mqttclient.py"}, // as MicroPython's requests asks
		{"labbroker.local:80", "http://labbroker.local:80/mip/mqttclient.py"},
		{`x"y`, "http://127.0.0.1:8088/mip/mqttclient.py"},
	} {
		host := func(r *http.Request) { r.Host = tt.host }
		if got := l.do("GET", "/mip/package.json", "", host); got.status != 200 || !strings.Contains(got.body, `"`+tt.want+`"`) {
			t.Errorf("Host %s: got %d %s, want %s", tt.host, got.status, got.body, tt.want)
		}
	}
	if got := l.do("GET", "/mip/mqttclient.py", ""); got.status != 200 || got.body != "# here\n" {
		t.Errorf("module: got %d %s", got.status, got.body)
	}
	for _, path := range []string{"/mip/none.py", "/mip/..", "/mip/%2e%2e", "/mip/a%2fb"} {
		if got := l.do("GET", path, ""); got.status != 404 && got.status != 307 && got.status != 301 {
			t.Errorf("%s: got %d, want nothing there", path, got.status)
		}
	}
}
