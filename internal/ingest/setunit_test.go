package ingest

import (
	"context"
	"errors"
	"testing"

	"labbroker/internal/series"
	"labbroker/internal/series/memory"
)

func (c *class) set(name, column, unit string) error {
	_, err := c.p.SetUnit(context.Background(), "ada", name, column, unit)
	return err
}

func TestSetUnit(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		do   func(c *class) error
		want string
	}{
		{"for past and future", func(c *class) error {
			c.send("a", `{"voltage":1,"current":2}`)
			err := c.set("a", "current", "A")
			c.send("a", `{"voltage":1,"current":3}`)
			return err
		}, "voltage V,current mA! | 1 2000 | 1 3000"},
		{"stronger evidence leaves it alone", func(c *class) error {
			c.send("a", `{"voltage":1,"current":2}`)
			err := c.set("a", "current", "uA")
			c.send("a", `{"voltage":1,"current":81.3,"power":81.3}`)
			return err
		}, "voltage V,current mA!,power mW? | 1 0.002 - | 1 0.0813 81.3"},
		{"undone", func(c *class) error {
			c.send("a", `{"voltage":1,"current":2}`)
			return errors.Join(c.set("a", "current", "A"), c.set("a", "current", "uA"), c.set("a", "current", ""))
		}, "voltage V,current mA? | 1 2"},
		{"undone to what was said", func(c *class) error {
			c.send("a", `{"voltage":1,"current_A":2}`)
			return errors.Join(c.set("a", "current", "mA"), c.set("a", "current", ""))
		}, "voltage V,current mA | 1 2000"},
		{"undone after a restart", func(c *class) error {
			c.send("a", `{"voltage":1,"current_A":2}`)
			err := c.set("a", "current", "mA")
			c.start(Options{})
			err = errors.Join(err, c.set("a", "current", ""))
			c.send("a", `{"voltage":1,"current_A":3}`)
			return err
		}, "voltage V,current mA | 1 2000 | 1 3000"},
		{"kept over a restart", func(c *class) error {
			c.send("a", `{"voltage":1,"current":2}`)
			err := c.set("a", "current", "A")
			c.start(Options{})
			c.send("a", `{"voltage":1,"current":81.3}`)
			return err
		}, "voltage V,current mA! | 1 2000 | 1 81300"},
		{"gives an unknown its quantity", func(c *class) error {
			c.send("a", `{"x":7}`)
			return c.set("a", "x", "degC")
		}, "x °C! | 7"},
		{"and takes it away", func(c *class) error {
			c.send("a", `{"x":7}`)
			return errors.Join(c.set("a", "x", "V"), c.set("a", "x", ""))
		}, "x | 7"},
		{"changes the quantity", func(c *class) error {
			c.send("a", "field1=1.25&field2=40.5")
			return errors.Join(c.set("a", "field1", "°C"), c.set("a", "field2", "%"))
		}, "field1 °C!,field2 %! | 1.25 40.5"},
		{"automatic where it is automatic", func(c *class) error {
			c.send("a", `{"voltage":1}`)
			return c.set("a", "voltage", "")
		}, "voltage V | 1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			c := newClass(t, Options{}, memory.Options{})
			if err := tc.do(c); err != nil {
				t.Fatal(err)
			}
			c.want("a", tc.want)
		})
	}
}

func TestSetUnitErrors(t *testing.T) {
	t.Parallel()
	c := newClass(t, Options{}, memory.Options{})
	c.send("a", `{"voltage":1}`)
	for _, tc := range []struct {
		name, series, column, unit string
		want                       error
	}{
		{"no such series", "b", "voltage", "V", series.ErrNotFound},
		{"no such column", "a", "current", "V", series.ErrNotFound},
		{"no such unit", "a", "voltage", "parsec", ErrUnit},
	} {
		if err := c.set(tc.series, tc.column, tc.unit); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", tc.name, err, tc.want)
		}
	}
	c.want("a", "voltage V | 1")
}
