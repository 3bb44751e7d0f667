package sqlite

import (
	"labbroker/internal/series"
	"labbroker/internal/session"
	"labbroker/sensor"
)

// Units of the view readings, and what others are in them.
var (
	volts        = map[string]float64{"V": 1, "mV": 1e-3, "uV": 1e-6, "µV": 1e-6, "kV": 1e3}
	milliamperes = map[string]float64{"mA": 1, "A": 1e3, "uA": 1e-3, "µA": 1e-3}
	milliwatts   = map[string]float64{"mW": 1, "W": 1e3, "uW": 1e-3, "µW": 1e-3, "kW": 1e6}
)

// find returns the position of the first column with that quantity and a
// known unit, and its factor from sent numbers to the view's; nil for none.
func find(columns []series.Column, q series.Quantity, units map[string]float64) (position, scale any) {
	for i, c := range columns {
		if f := units[c.Unit]; c.Quantity == q && f != 0 {
			return int64(i), f * c.Scale()
		}
	}
	return nil, nil
}

// describe writes a series and its columns.
func (w *writer) describe(e *entry, info *series.Info) error {
	if e.gone.Load() {
		return nil
	}
	v, vs := find(info.Columns, sensor.Voltage, volts)
	i, is := find(info.Columns, sensor.Current, milliamperes)
	p, ps := find(info.Columns, sensor.Power, milliwatts)
	err := w.d.exec(`INSERT INTO series(id, session, key, name, v, v_scale, i, i_scale, p, p_scale) VALUES (?,?,?,?,?,?,?,?,?,?)
ON CONFLICT(id) DO UPDATE SET v = excluded.v, v_scale = excluded.v_scale, i = excluded.i, i_scale = excluded.i_scale, p = excluded.p, p_scale = excluded.p_scale`,
		int64(e.id), info.Session, session.Key(info.Session), info.Name, v, vs, i, is, p, ps)
	for at, c := range info.Columns {
		if err != nil {
			return err
		}
		err = w.d.exec(`INSERT OR REPLACE INTO columns(series, position, name, quantity, unit, sent, factor, guessed, by_hand, title) VALUES (?,?,?,?,?,?,?,?,?,?)`,
			int64(e.id), int64(at), c.Name, string(c.Quantity), c.Unit, c.Sent, c.Factor, c.Guessed, c.Set, c.Title)
	}
	return err
}
