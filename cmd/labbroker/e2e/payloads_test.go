package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestPayloads sends what devices send, as they send it, through the port, and
// reads it back from the API: volts, milliamperes and milliwatts, other
// quantities in their units, a question mark at units that were guessed, and
// "-" for a gap.
func TestPayloads(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{Args: []string{"--session-rate", "0"}})
	type message struct{ topic, payload string }
	one := func(topic, payload string) []message { return []message{{topic, payload}} }
	for i, tt := range []struct {
		name string
		sent []message
		want string // series: columns | rows; series parted by ";", in the order of names
	}{
		// JSON
		{"suffixes", one("lab/meter", `{"volts":12.02,"amps":0.5,"watts":6.01}`), "lab/meter: volts V, amps mA, watts mW | 12.02 500 6010"},
		{"camel case", one("m", `{"voltageV":5.02,"currentA":0.1836,"powerW":0.92}`), "m: voltage V, current mA, power mW | 5.02 183.6 920"},
		{"brackets", one("m", `{"Voltage [V]":5.02,"Current [A]":0.1836,"Power [W]":0.9217}`), "m: Voltage V, Current mA, Power mW | 5.02 183.6 921.7"},
		{"parentheses", one("m", `{"voltage (mV)":5020,"current (uA)":183600}`), "m: voltage V, current mA | 5.02 183.6"},
		{"only units", one("m", `{"V":5.02,"mA":183.6,"mW":921.7}`), "m: V V, mA mA, mW mW | 5.02 183.6 921.7"},
		{"a chip's registers", one("m", `{"Vshunt_mV":18.36,"Vbus":5.02,"Ibus_mA":183.6}`), "m: Vshunt mV, Vbus V, Ibus mA | 18.36 5.02 183.6"},
		{"German", one("m", `{"Spannung":5.02,"Strom":183.6,"Leistung":921.7}`), "m: Spannung V, Strom mA?, Leistung mW? | 5.02 183.6 921.7"},
		{"power tells the current", one("m", `{"voltage":5,"current":0.5,"power":2500}`), "m: voltage V, current mA, power mW | 5 500 2500"},
		{"and the other way", one("m", `{"power":2.5,"current":500,"voltage":5}`), "m: power mW, current mA, voltage V | 2500 500 5"},
		{"numbers as text", one("m", `{"voltage":"5.02 V","current":"183.6 mA"}`), "m: voltage V, current mA | 5.02 183.6"},
		{"value and unit", one("m", `{"name":"current","value":183.6,"unit":"mA"}`), "m: current mA | 183.6"},
		{"a list of measurements", one("m", `[{"n":"voltage","u":"V","v":5.02},{"n":"current","u":"A","v":0.1836}]`), "m: voltage V, current mA | 5.02 183.6"},
		{"nested", one("m", `{"state":{"reported":{"voltage":5.02,"current_mA":183.6}}}`), "m: voltage V, current mA | 5.02 183.6"},
		{"gaps", []message{{"m", `{"v":5.02,"i":NaN,"p":null}`}, {"m", `{"v":5.03,"i":12,"p":60.1}`}}, "m: v V, i mA?, p mW? | 5.02 - - | 5.03 12 60.1"},
		{"a batch", one("m", `{"t":[0.1,0.2],"v":[1.0,1.1],"i_mA":[5.5,6.6]}`), "m: v V, i mA | 1 5.5 | 1.1 6.6"},
		{"two chips", one("m", `{"ina219_a":{"v":1.0,"i_mA":5.5},"ina219_b":{"v":2.0,"i_mA":6.5}}`), "m/ina219_a: v V, i mA | 1 5.5; m/ina219_b: v V, i mA | 2 6.5"},
		{"two chips in a list", one("m", `[{"addr":"0x40","bus_V":5,"current_mA":1},{"addr":"0x41","bus_V":3.3,"current_mA":2}]`), "m/0x40: bus V, current mA | 5 1; m/0x41: bus V, current mA | 3.3 2"},
		{"channels", one("m", `{"V1":5.0,"I1_mA":10.1,"V2":3.3,"I2_mA":20.2}`), "m: V1 V, I1 mA, V2 V, I2 mA | 5 10.1 3.3 20.2"},
		// Firmware
		{"Tasmota", one("tele/cell/SENSOR", `{"Time":"2026-05-01T10:00:00","INA219-1":{"Id":64,"Voltage":3.712,"Current":0.412,"Power":1.529},"BME280":{"Temperature":21.4,"DewPoint":9.2},"TempUnit":"C"}`),
			"tele/cell/SENSOR/BME280: Temperature °C, DewPoint °C | 21.4 9.2; tele/cell/SENSOR/INA219-1: Voltage V, Current mA?, Power mW? | 3.712 412 1529"},
		{"ESPHome", []message{{"node/sensor/panel_bus_voltage/state", "5.43"}, {"node/sensor/panel_current/state", "0.237"}, {"node/sensor/panel_power/state", "1.287"}},
			"node/sensor/panel: bus_voltage V, current mA?, power mW? | 5.43 237 1287"},
		{"Shelly", one("plug/status/switch:0", `{"id":0,"output":true,"apower":8.9,"voltage":230.1,"current":0.045}`), "plug/status/switch:0: apower mW?, voltage V, current mA? | 8900 230.1 45"},
		{"ThingSpeak", one("channels/99/publish/XX", "field1=4.91&field2=77.7&status=ok"), "channels/99/publish/XX: field1 V?, field2 mA? | 4.91 77.7"},
		{"Home Assistant's discovery", one("homeassistant/sensor/x/config", `{"name":"V","unit_of_measurement":"V","expire_after":60}`), "homeassistant/sensor/x/config: expire_after | 60"},
		// Topics
		{"units in topics", []message{{"x/voltage_mV", "5020"}, {"x/current_uA", "183600"}, {"x/power_W", "0.9217"}}, "x: voltage V, current mA, power mW | 5.02 183.6 921.7"},
		{"a repeat closes the row", []message{{"x/V", "1.5"}, {"x/I_mA", "3"}, {"x/V", "1.6"}, {"x/I_mA", "4"}}, "x: V V, I mA | 1.5 3 | 1.6 4"},
		{"a unit beside the number", one("x/out", "183.6 mA"), "x/out: value mA | 183.6"},
		{"nothing known", one("x/y", "17"), "x/y: value | 17"},
		{"a statistic", one("x/ina219/current/stddev", "0.4"), "x/ina219/current/stddev: stddev | 0.4"},
		// Text
		{"key=value", one("m", "voltage=5.02;current=183.6mA;power=921.7mW"), "m: voltage V, current mA, power mW | 5.02 183.6 921.7"},
		{"a printed line", one("m", "Bus Voltage: 4.98 V, Current: 23.4 mA, Power: 116.5 mW"), "m: Bus Voltage V, Current mA, Power mW | 4.98 23.4 116.5"},
		{"several printed lines", one("m", "Bus Voltage:   5.01 V\nShunt Voltage: 0.00235 V\nCurrent: 23.5 mA"), "m: Bus Voltage V, Shunt Voltage mV, Current mA | 5.01 2.35 23.5"},
		{"a dictionary's repr", one("m", "{'voltage': 5.02, 'current_ma': 183.6, 'ok': True, 'name': None}"), "m: voltage V, current mA | 5.02 183.6"},
		{"a tuple's repr", one("m", "(5.02, 183.6)"), "m: c1, c2 | 5.02 183.6"},
		{"bytes' repr", one("mcu/voltage", "b'5.02'"), "mcu: voltage V | 5.02"},
		{"decimal commas", one("m", `{"voltage":"5,02","current_mA":"183,6"}`), "m: voltage V, current mA | 5.02 183.6"},
		{"CSV with a heading", []message{{"m", "voltage,current_mA,power_mW"}, {"m", "5.02,183.6,921.7"}}, "m: voltage V, current mA, power mW | 5.02 183.6 921.7"},
		{"CSV with tabs", one("m", "5.02\t183.6"), "m: c1, c2 | 5.02 183.6"},
		// The course's verbs
		{"new_series", []message{{"new_series", `["sweep", "R [Ohm]", "I  [mA]", "V [V*100]"]`}, {"data", `["sweep", 100, 12.5, 125]`}, {"data", `["sweep", 200, nan, 150]`}},
			"sweep: R Ohm, I mA, V V | 100 12.5 1.25 | 200 - 1.5"},
		{"MQTT Plot", []message{{"vis/new", `{"columns":["t [s]","u [V]","j [mA]"],"rollover":100}`}, {"vis/add", `{"t [s]":1,"u [V]":3.3}`}}, "vis: t s, u V, j mA | 1 3.3 -"},
		// Other sensors
		{"a weather station", one("env", `{"temperature":22.5,"humidity":41.2,"pressure":1013.25,"lux":340,"uv":3}`), "env: temperature °C, humidity %, pressure hPa, lux lux, uv | 22.5 41.2 1013.25 340 3"},
		{"suffixes of others", one("env", `{"temp_c":22.5,"hum_pct":41.2,"pressure_pa":100120,"co2_ppm":450,"rssi":-61}`), "env: temp °C, hum %, pressure hPa, co2 ppm, rssi dBm | 22.5 41.2 1001.2 450 -61"},
		{"acceleration", one("imu", `{"acceleration [m/s^2]":9.81,"freq_hz":50,"rpm":1200}`), "imu: acceleration m/s², freq Hz, rpm rpm | 9.81 50 1200"},
		// No readings
		{"text", one("m", "hello"), ""},
		{"a switch", one("m", "ON"), ""},
		{"nothing", one("m", ""), ""},
		{"only not-a-numbers", one("m", "inf"), ""},
		{"bytes", one("m", "\xff\x00\xfe"), ""},
		{"words", one("m", `{"voltage":"NA","current":"NA"}`), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			name := fmt.Sprint("p", i)
			b := dial(t, s)
			if code := b.connect("b", name, "pw"); code != 0 {
				t.Fatalf("CONNACK: got %d, want 0", code)
			}
			for _, m := range tt.sent {
				b.publish1(name+"/"+m.topic, m.payload)
			}
			// A row with a number of its own, so that all before it is there.
			b.publish1(name+"/~end", "1")
			eventually(t, func() string {
				got := everything(t, s, name)
				if rest, ended := strings.CutSuffix(got, "~end: value | 1"); ended && strings.TrimSuffix(rest, "; ") == tt.want {
					return ""
				}
				return fmt.Sprintf("%q, then the end; got %q", tt.want, got)
			})
		})
	}
}

// everything is all series of a session by name with their rows, as text.
func everything(t *testing.T, s *Server, name string) string {
	t.Helper()
	code, body := s.Get(t, name, "pw", "/api/sessions/"+name+"/series")
	var list []struct{ Name string }
	if err := json.Unmarshal(body, &list); err != nil || code != 200 {
		t.Fatalf("series of %s: got %d %s, %v", name, code, body, err)
	}
	slices.SortFunc(list, func(a, b struct{ Name string }) int { return strings.Compare(a.Name, b.Name) })
	var all []string
	for _, x := range list {
		a := rows(t, s, name, "pw", url.QueryEscape(x.Name))
		var columns []string
		for _, c := range a.Columns {
			text := strings.TrimSpace(c.Name + " " + c.Unit)
			if c.Guessed {
				text += "?"
			}
			columns = append(columns, text)
		}
		line := x.Name + ": " + strings.Join(columns, ", ")
		for _, r := range a.Rows {
			line += " |"
			for _, v := range r[2:] {
				if v == nil {
					line += " -"
				} else {
					line += fmt.Sprintf(" %.7g", v)
				}
			}
		}
		all = append(all, line)
	}
	return strings.Join(all, "; ")
}
