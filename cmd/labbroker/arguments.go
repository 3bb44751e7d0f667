package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"runtime/debug"
	"strings"

	"github.com/alecthomas/kong"
)

// cli is the command line. `labbroker` alone is `labbroker serve`.
type cli struct {
	Config string `help:"Settings file (TOML) with serve's flags as keys. Default: labbroker.toml here, if there is one." type:"path" placeholder:"FILE"`

	ShowVersion kong.VersionFlag `name:"version" help:"Print the version." env:"-"`

	Serve    serveCmd    `cmd:"" default:"withargs" help:"Run the class server (what labbroker does without a command)."`
	Simulate simulateCmd `cmd:"" help:"Let simulated boards speak to a broker: a capacity check, and something to look at before the first class."`
	Sensor   sensorCmd   `cmd:"" help:"Publish a real INA219 on this machine's I2C bus (Raspberry Pi or any Linux board)."`
	Reset    resetCmd    `cmd:"" help:"Forget a session's password, so that its next log-in sets a new one; 'reset instructor' is instructor-link."`
	Link     linkCmd     `cmd:"" name:"instructor-link" help:"Print a link, good once, with which the instructor sets a password."`
	Health   healthCmd   `cmd:"" hidden:"" help:"Exit with 0 when the server answers (for container health checks)."`
}

const description = `The class's MQTT broker: boards in, live charts out.

Start it, write the address it prints on the board, done:
a board logs in with user = the student's name and any password,
and publishes below that name.

Each flag is also an environment variable (--mqtt-addr = LABBROKER_MQTT_ADDR)
and a key of labbroker.toml (mqtt-addr = ":1883").
The command line wins over the environment, the environment over the file.`

// parse turns arguments, environment and settings file into a command to run.
// It returns nil without error when help was asked for and printed.
func parse(args []string, stdout io.Writer) (runner, error) {
	var c cli
	helped := false
	k, err := kong.New(&c,
		kong.Name("labbroker"),
		kong.Description(description),
		kong.DefaultEnvars("LABBROKER"),
		kong.Vars{"version": "labbroker " + version()},
		kong.Writers(stdout, stdout),
		kong.Exit(func(int) { helped = true }),
		kong.ExplicitGroups([]kong.Group{
			{Key: "access", Title: "Who gets in:"},
			{Key: "session", Title: "Limits of one session (0 = none); the instructor's has no rate:"},
			{Key: "message", Title: "Limits of one message (0 = none):"},
			{Key: "all", Title: "Limits of all together (0 = none):"},
		}),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		return nil, err
	}
	file, err := settingsFile(args)
	if err != nil {
		return nil, err
	}
	if file != "" {
		settings, err := readSettings(file, serveFlags(k))
		if err != nil {
			return nil, err
		}
		if err := kong.Resolvers(settings).Apply(k); err != nil {
			return nil, err
		}
	}
	ctx, err := k.Parse(args)
	if helped {
		// The plain help lists the commands; most people want the server's
		// flags, which are those of labbroker without a command.
		if len(args) == 1 && (args[0] == "--help" || args[0] == "-h") {
			fmt.Fprintln(stdout)
			return parse([]string{"serve", "--help"}, stdout)
		}
		return nil, nil
	}
	if err != nil {
		var p *kong.ParseError
		if errors.As(err, &p) {
			return nil, fmt.Errorf("%w; labbroker --help lists what there is", err)
		}
		return nil, err
	}
	r, ok := ctx.Selected().Target.Addr().Interface().(runner)
	if !ok {
		return nil, fmt.Errorf("%s cannot be run", reflect.TypeOf(r))
	}
	return r, nil
}

// settingsFile is the file named by --config or LABBROKER_CONFIG, else
// labbroker.toml in the working folder if it is there, else "".
func settingsFile(args []string) (string, error) {
	named := os.Getenv("LABBROKER_CONFIG")
	for i, a := range args {
		if a == "--" {
			break
		}
		if v, ok := strings.CutPrefix(a, "--config="); ok {
			named = v
		} else if a == "--config" && i+1 < len(args) {
			named = args[i+1]
		}
	}
	if named != "" {
		if _, err := os.Stat(named); err != nil {
			return "", fmt.Errorf("the settings file %s cannot be read: %w", named, errors.Unwrap(err))
		}
		return named, nil
	}
	const standard = "labbroker.toml"
	if _, err := os.Stat(standard); err == nil {
		return standard, nil
	}
	return "", nil
}

// serveFlags lists the names that a settings file may hold.
func serveFlags(k *kong.Kong) []string {
	var names []string
	for _, node := range k.Model.Children {
		if node.Name != "serve" {
			continue
		}
		for _, f := range node.Flags {
			names = append(names, f.Name)
		}
	}
	return names
}

// release is set by `make dist`; a build by `go install` or from a checkout
// takes the module's version or the commit.
var release string

func version() string {
	if release != "" {
		return release
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "development"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && len(s.Value) >= 12 {
			return "development " + s.Value[:12]
		}
	}
	return "development"
}
