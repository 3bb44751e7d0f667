package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/alecthomas/kong"
)

// settings is a labbroker.toml: kong asks it for flags that the command line
// did not give.
type settings struct {
	values map[string]any
}

var _ kong.Resolver = settings{}

// readSettings reads the file and refuses keys that are none of allowed;
// mqtt_addr and mqtt-addr are the same key.
func readSettings(path string, allowed []string) (settings, error) {
	var raw map[string]any
	if _, err := toml.DecodeFile(path, &raw); err != nil {
		var p toml.ParseError
		if errors.As(err, &p) {
			return settings{}, fmt.Errorf("%s, line %d: %s", path, p.Position.Line, p.Message)
		}
		return settings{}, fmt.Errorf("%s: %w", path, err)
	}
	s := settings{values: map[string]any{}}
	for key, v := range raw {
		name := strings.ReplaceAll(key, "_", "-")
		if !slices.Contains(allowed, name) {
			return settings{}, fmt.Errorf("%s: there is no setting %q; the settings are %s", path, key, strings.Join(allowed, ", "))
		}
		switch v.(type) {
		case string, int64, float64, bool:
			s.values[name] = v
		default:
			return settings{}, fmt.Errorf("%s: %s wants one value, not a list or table", path, key)
		}
	}
	return s, nil
}

// Validate is kong's; the keys were checked when the file was read.
func (s settings) Validate(*kong.Application) error { return nil }

// Resolve gives the file's value for a flag, unless the environment has one,
// which wins.
func (s settings) Resolve(_ *kong.Context, parent *kong.Path, flag *kong.Flag) (any, error) {
	if parent.Command == nil || parent.Command.Name != "serve" {
		return nil, nil
	}
	for _, env := range flag.Envs {
		if os.Getenv(env) != "" {
			return nil, nil
		}
	}
	v, ok := s.values[flag.Name]
	if !ok {
		return nil, nil
	}
	return fmt.Sprint(v), nil
}
