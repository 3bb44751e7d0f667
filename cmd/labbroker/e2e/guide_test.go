package e2e

import (
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// wire counts what goes through a connection.
type wire struct {
	net.Conn
	out, in int
}

func (w *wire) Write(p []byte) (int, error) {
	n, err := w.Conn.Write(p)
	w.out += n
	return n, err
}

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	w.in += n
	return n, err
}

// TestGuideBytes: "HTTP against MQTT, in bytes" of docs/student.md is what goes
// through the connections.
func TestGuideBytes(t *testing.T) {
	t.Parallel()
	const topic, payload = "ada/mcu/ina219", `{"voltage": 5.012, "current_mA": 81.3}`
	s := startServer(t, Options{})
	counted := map[string][2]int{}
	b := dial(t, s)
	w := &wire{Conn: b.c}
	b.c = w
	count := func(row string, what func()) {
		before := *w
		what()
		counted[row] = [2]int{w.out - before.out, w.in - before.in}
	}
	count("MQTT, once: CONNECT and CONNACK", func() {
		if code := b.connect("ada-board", "ada", "s3cret"); code != 0 {
			t.Fatalf("CONNACK: got %d, want 0", code)
		}
	})
	count("MQTT, `qos=0`", func() { b.send(0x30, append(field(topic), payload...)) })
	count("MQTT, `qos=1`", func() { b.publish1(topic, payload) })
	count("MQTT, `qos=2`", func() {
		b.send(0x34, append(append(field(topic), 0, 7), payload...))
		b.await(5)
		b.send(0x62, []byte{0, 7})
		if h, _ := b.await(7); h == 0 {
			t.Error("the exchange at QoS 2 has no end")
		}
	})

	// As micropython-lib's requests writes it, whose address is the classroom's.
	body := fmt.Sprintf(`{"topic": %q, "payload": %q, "qos": 1}`, topic, payload)
	c, err := net.Dial("tcp", s.HTTP)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	w = &wire{Conn: c}
	count("POST to this server, as MicroPython's `requests` sends it", func() {
		fmt.Fprintf(w, "POST /api/sessions/ada/publish HTTP/1.0\r\nHost: 192.168.1.5\r\nAuthorization: Basic %s\r\n"+
			"Content-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
			base64.StdEncoding.EncodeToString([]byte("ada:s3cret")), len(body), body)
		answer, err := io.ReadAll(w)
		if err != nil || !strings.HasPrefix(string(answer), "HTTP/1.0 200") {
			t.Errorf("got %v, %s, want 200", err, answer)
		}
	})
	counted["the smallest HTTP POST that there can be"] = [2]int{
		len(fmt.Sprintf("POST /%s HTTP/1.1\r\nHost: 192.168.1.5:8080\r\nContent-Length: %d\r\n\r\n%s", topic, len(payload), payload)),
		len("HTTP/1.1 204 No Content\r\n\r\n"),
	}

	text, err := os.ReadFile("../../../docs/student.md")
	if err != nil {
		t.Fatal(err)
	}
	_, part, _ := strings.Cut(string(text), "## HTTP against MQTT, in bytes")
	for row, want := range counted {
		m := regexp.MustCompile(`(?m)^\| ` + regexp.QuoteMeta(row) + ` \| (\d+) \| (\d+) \| (\d+) \|$`).FindStringSubmatch(part)
		if m == nil {
			t.Errorf("docs/student.md has no line %q; it is %d and %d", row, want[0], want[1])
			continue
		}
		out, _ := strconv.Atoi(m[1])
		in, _ := strconv.Atoi(m[2])
		sum, _ := strconv.Atoi(m[3])
		if out != want[0] || in != want[1] || sum != out+in {
			t.Errorf("%s: docs/student.md has %d + %d = %d, counted %d + %d = %d", row, out, in, sum, want[0], want[1], want[0]+want[1])
		}
	}
}
