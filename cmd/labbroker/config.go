package main

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"

	"labbroker/internal/account"
	"labbroker/internal/roster"
)

// maxSimulated bounds --simulate: more belong to `labbroker simulate` on
// another machine.
const maxSimulated = 1000

// minPacket is room for a CONNECT with a name and a password.
const minPacket = 128

// serveCmd are the flags of the server. validate fills the unexported fields.
type serveCmd struct {
	MQTTAddr   string `name:"mqtt-addr" default:":1883" placeholder:"HOST:PORT" help:"Where boards connect (MQTT over TCP). Default ${default}."`
	HTTPAddr   string `name:"http-addr" default:":8080" placeholder:"HOST:PORT" help:"Where browsers connect (pages, API, MQTT over WebSocket at /mqtt). Default ${default}."`
	PublicHost string `placeholder:"HOST" help:"Name or address under which boards reach this machine, behind Docker or NAT. Default: this machine's addresses on the network."`
	MDNS       bool   `name:"mdns" default:"true" negatable:"" help:"Make this machine known on the network as labbroker.local (--mdns=false: not)."`
	Data       string `default:"labbroker-data" placeholder:"FOLDER" help:"Where readings and accounts are kept. Default ./${default}."`
	Record     bool   `default:"true" negatable:"" help:"Keep readings (--record=false: messages only)."`
	Durability string `default:"process" placeholder:"WHAT" help:"What an acknowledged message survives: process (the end of the program, kill -9 too; a power cut may cost the last 100 ms) or power (every acknowledgement waits for the disk). Default ${default}."`
	Simulate   int    `placeholder:"N" help:"Also run N simulated boards, to see what it looks like. They are removed at the end."`
	LogLevel   string `default:"info" placeholder:"LEVEL" help:"debug, info, warn or error. Default ${default}."`
	LogFormat  string `default:"text" placeholder:"FORMAT" help:"text or json. Default ${default}."`

	Access             string `placeholder:"MODE" group:"access" help:"claim (the first log-in with a name claims it with its password), roster (only who was given a password), open (no session passwords). Default: what the set-up page says, claim at first."`
	Roster             string `placeholder:"FILE" group:"access" help:"CSV file with name, session and password, a class list for --access roster; other columns as on the roster page."`
	InstructorPassword string `placeholder:"PASSWORD" group:"access" help:"The instructor's password, for starts that nobody watches. Default: the first start prints a link with which to set one."`

	SessionRate      float64 `default:"200" placeholder:"N" group:"session" help:"Messages a second before the session is slowed; nothing is dropped. Default ${default}."`
	SessionBurst     int     `default:"1000" placeholder:"N" group:"session" help:"Messages at once before the rate counts; 0 = five seconds' worth. Default ${default}."`
	SessionClients   int     `default:"100" placeholder:"N" group:"session" help:"Connections at a time. Default ${default}."`
	MaxSubscriptions int     `default:"1000" placeholder:"N" group:"session" help:"Subscriptions of each of its clients. Default ${default}."`
	MaxQueued        int     `default:"100000" placeholder:"N" group:"session" help:"Messages that wait for each of its clients before the oldest goes. Default ${default}."`

	MaxPacket   int `default:"262144" placeholder:"BYTES" group:"message" help:"Largest packet; 0 = MQTT's own limit, 256 MiB. Default ${default}."`
	TopicLevels int `default:"32" placeholder:"N" group:"message" help:"Levels of a topic or filter. Default ${default}."`
	TopicLength int `default:"65535" placeholder:"BYTES" group:"message" help:"Length of a topic or filter. Default ${default}, which is MQTT's own limit."`

	MaxClients  int     `default:"10000" placeholder:"N" group:"all" help:"Connections at a time. Default ${default}."`
	ConnectRate float64 `default:"50" placeholder:"N" group:"all" help:"Connections a second from one address, after 1000 at once: a class behind one router has one address. Default ${default}."`
	MaxRetained int     `default:"100000" placeholder:"N" group:"all" help:"Topics that have a retained message. Default ${default}."`

	list   roster.List
	roster []account.Entry
	level  slog.Level
}

// validate refuses what cannot work before anything is opened or changed.
func (c *serveCmd) validate() error {
	for _, a := range []struct{ flag, addr string }{{"--mqtt-addr", c.MQTTAddr}, {"--http-addr", c.HTTPAddr}} {
		if err := checkAddr(a.addr); err != nil {
			return fmt.Errorf("%s %q: %w", a.flag, a.addr, err)
		}
	}
	if c.MQTTAddr == c.HTTPAddr && !strings.HasSuffix(c.MQTTAddr, ":0") {
		return fmt.Errorf("--mqtt-addr and --http-addr are both %s: give each a port of its own", c.MQTTAddr)
	}
	if c.PublicHost != "" {
		if _, err := netip.ParseAddr(c.PublicHost); err != nil && strings.ContainsAny(c.PublicHost, " /:?#@") {
			return fmt.Errorf("--public-host %q: give a host name or an address alone, without port or http://", c.PublicHost)
		}
	}
	switch c.Access {
	case "", "claim", "roster", "open":
	default:
		return fmt.Errorf("--access %q: the modes are claim, roster and open", c.Access)
	}
	if c.Roster != "" && c.Access != "roster" {
		return errors.New("--roster FILE needs --access roster: without it the file does nothing")
	}
	if c.Roster != "" {
		var err error
		if c.list, c.roster, err = readRoster(c.Roster); err != nil {
			return err
		}
	}
	if c.Simulate < 0 || c.Simulate > maxSimulated {
		return fmt.Errorf("--simulate %d: from 0 to %d boards", c.Simulate, maxSimulated)
	}
	for _, r := range []struct {
		flag  string
		value float64
	}{{"--session-rate", c.SessionRate}, {"--connect-rate", c.ConnectRate}} {
		if !(r.value >= 0) || math.IsInf(r.value, 0) {
			return fmt.Errorf("%s %v: a rate is 0 (no limit) or more", r.flag, r.value)
		}
	}
	for _, l := range []struct {
		flag  string
		value int
	}{
		{"--session-burst", c.SessionBurst}, {"--session-clients", c.SessionClients}, {"--max-clients", c.MaxClients},
		{"--max-packet", c.MaxPacket}, {"--topic-levels", c.TopicLevels}, {"--topic-length", c.TopicLength},
		{"--max-subscriptions", c.MaxSubscriptions}, {"--max-retained", c.MaxRetained}, {"--max-queued", c.MaxQueued},
	} {
		if l.value < 0 {
			return fmt.Errorf("%s %d: a limit is 0 (none) or more", l.flag, l.value)
		}
	}
	if c.MaxPacket > 0 && c.MaxPacket < minPacket {
		return fmt.Errorf("--max-packet %d: a log-in has to fit, so at least %d, or 0 for no limit", c.MaxPacket, minPacket)
	}
	if c.Durability != "process" && c.Durability != "power" {
		return fmt.Errorf("--durability %q: it is process or power", c.Durability)
	}
	if c.Data == "" {
		return errors.New("--data: name a folder")
	}
	if err := c.level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return fmt.Errorf("--log-level %q: the levels are debug, info, warn and error", c.LogLevel)
	}
	if c.LogFormat != "text" && c.LogFormat != "json" {
		return fmt.Errorf("--log-format %q: the formats are text and json", c.LogFormat)
	}
	return nil
}

func checkAddr(addr string) error {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return errors.New("write it as host:port, or :port for all addresses of this machine")
	}
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return fmt.Errorf("%q is no port number (0 to 65535)", port)
	}
	return nil
}

// logger writes to the console's log as the flags say.
func (c *serveCmd) logger(con console) *slog.Logger {
	o := &slog.HandlerOptions{Level: c.level}
	if c.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(con.err, o))
	}
	return slog.New(slog.NewTextHandler(con.err, o))
}

// accountsPath is where the accounts stand in the data folder.
func accountsPath(data string) string { return data + string(os.PathSeparator) + "accounts.jsonl" }

// classPath is where the class's settings and people stand in the data folder.
func classPath(data string) string { return data + string(os.PathSeparator) + "class.json" }
