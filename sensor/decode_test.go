package sensor

import (
	"fmt"
	"math"
	"strings"
	"testing"
)

// render writes a reading as its numbers are shown: guessed units have a
// question mark, rows are parted by a bar.
func render(r *Reading) string {
	var rows []string
	for _, g := range r.Groups {
		var b strings.Builder
		if g.Sub != "" {
			fmt.Fprintf(&b, "[%s] ", g.Sub)
		}
		for i, f := range g.Fields {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%s=", f.Name)
			if math.IsNaN(f.Value) {
				b.WriteString("gap")
			} else {
				fmt.Fprintf(&b, "%.6g", f.Value*f.Factor)
			}
			b.WriteString(f.Unit)
			if f.Evidence.Guessed() {
				b.WriteString("?")
			}
		}
		rows = append(rows, b.String())
	}
	return strings.Join(rows, " | ")
}

type decodeCase struct {
	name, topic, payload, want string
}

var decodeCases = []decodeCase{
	// JSON objects
	{"suffixes", "mcu/ina", `{"voltage_V":4.116,"current_mA":77.2,"power_mW":317.8}`, "voltage=4.116V, current=77.2mA, power=317.8mW"},
	{"no unit, mA by range", "a", `{"voltage":4.116,"current":77.2}`, "voltage=4.116V, current=77.2mA?"},
	{"no unit, A by resolution", "a", `{"current":0.216,"voltage":6.1}`, "current=216mA?, voltage=6.1V"},
	{"power follows the current", "a", `{"power":1.3,"current":0.213,"voltage":6.1}`, "power=1300mW?, current=213mA?, voltage=6.1V"},
	{"mixed prefixes, W", "a", `{"voltage":5,"current":120,"power":0.6}`, "voltage=5V, current=120mA, power=600mW"},
	{"mixed prefixes, A", "a", `{"voltage":5,"current":0.2,"power":1000}`, "voltage=5V, current=200mA, power=1000mW"},
	{"said current tells power", "a", `{"voltage":5,"current_mA":200,"power":1.0}`, "voltage=5V, current=200mA, power=1000mW"},
	{"letters are mA", "a", `{"v":3.1,"i":0.482,"p":1.494}`, "v=3.1V, i=0.482mA?, p=1.494mW?"},
	{"letters in capitals", "a", `{"V":3.1,"I":48.2,"P":149.4}`, "V=3.1V, I=48.2mA?, P=149.4mW?"},
	{"r from v and i", "a", `{"v":3,"i":50,"r":60}`, "v=3V, i=50mA?, r=60Ohm"},
	{"r in kOhm", "a", `{"v":3,"i":50,"r":0.06}`, "v=3V, i=50mA?, r=60Ohm"},
	{"i alone is a counter", "a", `{"i":7,"total":12}`, "i=7, total=12"},
	{"capitals are A and W", "a", `{"Voltage":5.1,"Current":0.3,"Power":1.53}`, "Voltage=5.1V, Current=300mA?, Power=1530mW?"},
	{"capitals beyond A", "a", `{"Voltage":5.1,"Current":300,"Power":1530}`, "Voltage=5.1V, Current=300mA?, Power=1530mW?"},
	{"many decimals say nothing", "a", `{"voltage":1.1,"current":0.609756097}`, "voltage=1.1V, current=0.609756mA?"},
	{"a shunt's voltage in mV", "a", `{"Vshunt_mV":21.4,"Vbus_V":4.6,"Ibus_mA":214}`, "Vshunt=21.4mV, Vbus=4.6V, Ibus=214mA"},
	{"dew point", "a", `{"Temperature":20.1,"DewPoint":8.4,"dew_point_c":8.5,"set_point":19}`, "Temperature=20.1°C, DewPoint=8.4°C, dew_point=8.5°C, set_point=19"},
	{"the uv index is no voltage", "a", `{"uv":3,"uV":52}`, "uv=3, uV=5.2e-05V"},
	{"snake parts", "a", `{"solar_voltage":6.2,"solar_current_mA":110,"battery_voltage":3.9,"battery_current_mA":-40}`, "solar_voltage=6.2V, solar_current=110mA, battery_voltage=3.9V, battery_current=-40mA"},
	{"letters at the end", "a", `{"solar_v":6.2,"load_mA":12.5,"bus_mV":4980,"bat_pct":71}`, "solar=6.2V, load=12.5mA, bus=4.98V, bat=71%"},
	{"camel case", "a", `{"busVoltage":4.9,"currentmA":12.5,"powermW":61.2,"tempC":21.5}`, "busVoltage=4.9V, current=12.5mA, power=61.2mW, temp=21.5°C"},
	{"variable names with types", "a", `{"Vloadf":4.9,"IloadAf":0.1,"PowerWf":0.49}`, "Vloadf=4.9V, Iload=100mA, Power=490mW"},
	{"one word", "a", `{"vbus":4.9,"ibus":12.5,"vshunt":1.25}`, "vbus=4.9V, ibus=12.5mA?, vshunt=1.25mV"},
	{"load beside bus", "a", `{"loadvoltage":5,"busvoltage":4.9,"shuntvoltage":17.1}`, "loadvoltage=5V, busvoltage=4.9V, shuntvoltage=17.1mV"},
	{"shunt in volts", "a", `{"shunt_voltage":0.0171,"bus_voltage":4.9}`, "shunt_voltage=17.1mV?, bus_voltage=4.9V"},
	{"brackets", "a", `{"Current [A]":0.25,"Voltage  [V]":5,"Power (mW)":1250,"Voc [V*10]":61}`, "Current=250mA, Voltage=5V, Power=1250mW, Voc=6.1V"},
	{"micro and ohm signs", "a", `{"I [µA]":350,"R [Ω]":1000,"RL [kΩ]":1}`, "I=0.35mA, R=1000Ohm, RL=1000Ohm"},
	{"strings with numbers", "a", `{"voltage":"4.116","current":"77.2 mA","note":"ok"}`, "voltage=4.116V, current=77.2mA"},
	{"decimal comma in a string", "a", `{"voltage":"4,116"}`, "voltage=4.116V"},
	{"decimal comma bare", "a", `{"voltage": 4,116, "current_mA": 77,2}`, "voltage=4.116V, current=77.2mA"},
	{"NaN is a gap", "a", `{"voltage":NaN,"current_mA":77.2,"power_mW":-inf}`, "voltage=gapV, current=77.2mA, power=gapmW"},
	{"null is a gap", "a", `{"voltage":null,"current_mA":77.2}`, "voltage=gapV, current=77.2mA"},
	{"python dict", "a", `{'voltage': 4.1, 'current_mA': None, 'ok': True}`, "voltage=4.1V, current=gapmA"},
	{"bare keys and a last comma", "a", `{voltage:4.1, current_mA:7.5,}`, "voltage=4.1V, current=7.5mA"},
	{"booleans and text", "a", `{"voltage":4.1,"on":true,"mode":"auto"}`, "voltage=4.1V"},
	{"the last of equal keys", "a", `{"voltage":4.1,"voltage":4.2}`, "voltage=4.2V"},
	{"escaped key", "a", `{"volt\u0061ge":4.1}`, "voltage=4.1V"},
	{"exponents", "a", `{"voltage":4.1e0,"current_A":7.7e-02}`, "voltage=4.1V, current=77mA"},
	{"room climate", "a", `{"temperature":21.5,"humidity":40,"pressure":1013.2,"lux":310}`, "temperature=21.5°C, humidity=40%, pressure=1013.2hPa, lux=310lux"},
	{"letters of a room", "a", `{"t":21.5,"h":40,"p":1009}`, "h=40%, p=1009hPa, t=21.5°C"},
	{"pascal", "a", `{"temp":21.5,"pressure":101320}`, "temp=21.5°C, pressure=1013.2hPa?"},
	{"acceleration", "a", `{"accel_z":9.7,"ax_unit":"m/s2"}`, "accel_z=9.7m/s²?"},
	{"irradiance", "a", `{"irradiance_wm2":812,"solar_radiation":800}`, "irradiance=812W/m², solar_radiation=800W/m²"},
	{"no current in these", "a", `{"current_time":5,"power_factor":0.9,"current_position":3,"voltage_raw":812}`, "current_time=5, power_factor=0.9, current_position=3, voltage_raw=812"},
	{"temperature of a current sensor", "a", `{"current_temperature":31}`, "current_temperature=31°C"},
	{"state of charge", "a", `{"voltage":3.9,"soc":80,"remaining_time":6}`, "voltage=3.9V, soc=80%, remaining_time=6"},
	{"statistics", "a", `{"voltage_avg":4.1,"voltage_std":0.02,"current_mA_max":80}`, "voltage_avg=4.1V, voltage_std=0.02, current_max=80mA"},
	{"an id is no number", "a", `{"id":12,"voltage":4.1}`, "voltage=4.1V"},
	{"ids alone are numbers", "a", `{"id":12}`, "id=12"},
	{"time beside readings", "a", `{"ts":1771234567,"voltage":4.1}`, "voltage=4.1V"},
	{"time alone", "a", `{"uptime":17}`, "uptime=17"},
	{"value with a unit", "a", `{"voltage":{"value":4.1,"unit":"V"},"current":{"value":0.1,"unit":"A"}}`, "voltage=4.1V, current=100mA"},
	{"statistics inside", "a", `{"voltage":{"avg":4.1,"stddev":0.1}}`, "voltage_avg=4.1V, voltage_stddev=0.1"},
	{"one part", "a", `{"node":"x","ina":{"voltage":4.1,"current_mA":7.5}}`, "voltage=4.1V, current=7.5mA"},
	{"one part and more", "a", `{"rssi":-61,"ina":{"voltage":4.1}}`, "rssi=-61dBm, voltage=4.1V"},
	{"two parts", "a", `{"pv":{"v":6.1,"i":80},"bat":{"v":3.9,"i":-20}}`, "[pv] v=6.1V, i=80mA? | [bat] v=3.9V, i=-20mA?"},
	{"parts below one", "a", `{"st":{"A-1":{"Voltage":6.1},"A-2":{"Voltage":3.9}}}`, "[A-1] Voltage=6.1V | [A-2] Voltage=3.9V"},
	{"parts in an array", "a", `[{"name":"pv","v":6.1},{"name":"bat","v":3.9}]`, "[pv] v=6.1V | [bat] v=3.9V"},
	{"rows in an array", "a", `[{"v":6.1,"i":80},{"v":6.2,"i":79}]`, "v=6.1V, i=80mA? | v=6.2V, i=79mA?"},
	{"rows of columns", "a", `{"v":[0.1,0.2],"i":[30,29.5]}`, "v=0.1V, i=30mA? | v=0.2V, i=29.5mA?"},
	{"a vector", "a", `{"gyro":[1,2,3]}`, "gyro_1=1, gyro_2=2, gyro_3=3"},
	{"SenML", "a", `[{"n":"voltage","u":"V","v":4.1},{"n":"current","u":"A","v":0.08}]`, "voltage=4.1V, current=80mA"},
	{"objects one after the other", "a", "{\"v\":1}\n{\"v\":2}", "v=1V | v=2V"},
	// arrays, lists
	{"array", "a", `[4.1, 77.2, nan]`, "c1=4.1, c2=77.2, c3=gap"},
	{"array with a label", "a", `["S", 4.1, null]`, "c1=4.1, c2=gap"},
	{"tuple", "a", `(4.1, 77.2)`, "c1=4.1, c2=77.2"},
	{"array of rows", "a", `[[1,2],[3,4]]`, "c1=1, c2=2 | c1=3, c2=4"},
	{"empty array", "a", `[]`, ""},
	{"commas", "a", "17,4.1,77.2\r\n", "c1=17, c2=4.1, c3=77.2"},
	{"semicolons and decimal commas", "a", "4,1;77,2", "c1=4.1, c2=77.2"},
	{"tabs", "a", "4.1\t77.2", "c1=4.1, c2=77.2"},
	{"spaces", "a", "4.1  77.2 12", "c1=4.1, c2=77.2, c3=12"},
	{"an empty cell", "a", "4.1,,12", "c1=4.1, c2=gap, c3=12"},
	{"units in cells", "a", "4.1 V, 77.2 mA", "voltage=4.1V, current=77.2mA"},
	{"a label in front", "a", "pv,4.1,77.2", "c1=4.1, c2=77.2"},
	{"a header in front", "a", "V [V],I [mA]\n4.1,77.2\n4.2,76", "V=4.1V, I=77.2mA | V=4.2V, I=76mA"},
	{"a header alone", "a", "t , sin", ""},
	// pairs
	{"equals signs", "a", "V=4.1 I=77.2", "V=4.1V, I=77.2mA?"},
	{"colons and units", "a", "Bus Voltage: 4.1 V, Current: 77.2 mA", "Bus Voltage=4.1V, Current=77.2mA"},
	{"lines", "a", "voltage=4.1\ncurrent_mA=77.2\n", "voltage=4.1V, current=77.2mA"},
	{"units attached", "a", "V:4.1V;I:77.2mA", "V=4.1V, I=77.2mA"},
	{"pairs with text", "a", "status=ok&rssi=-61", "rssi=-61dBm"},
	{"form, unnamed", "a", "field1=1.204&field2=92.4", "field1=1.204V?, field2=92.4mA?"},
	{"form of a room", "a", "field1=21.5&field2=40.1", "field1=21.5, field2=40.1"},
	{"form with power", "a", "field1=1.204&field2=92.4&field3=111.2", "field1=1.204V?, field2=92.4mA?, field3=111.2mW?"},
	{"a sentence", "a", "started at 12:30", ""},
	{"an address", "a", "ip: 192.168.1.5", ""},
	{"a log line", "a", "Error: 5 retries left", ""},
	{"brackets of a log", "a", "[INFO] sensor ready 5", ""},
	// scalars
	{"a number", "counter", "17", "value=17"},
	{"white space and NUL", "counter", " 17 \r\n\x00", "value=17"},
	{"a unit behind", "counter", "4.1 V", "value=4.1V"},
	{"a unit attached", "x/current", "77.2mA", "current=77.2mA"},
	{"microamperes", "x/current", "350 µA", "current=0.35mA"},
	{"in quotes", "x/voltage", `"4.1"`, "voltage=4.1V"},
	{"repr of bytes", "x/voltage", `b'4.1'`, "voltage=4.1V"},
	{"decimal comma", "x/voltage", "4,1", "voltage=4.1V"},
	{"decimal comma anywhere", "x", "4,05", "value=4.05"},
	{"two numbers", "x", "4,12", "c1=4, c2=12"},
	{"nan", "x/voltage", "nan", "voltage=gapV"},
	{"infinity", "x/voltage", "-Infinity", "voltage=gapV"},
	{"None elsewhere", "x", "None", ""},
	{"true", "x", "true", ""},
	{"text", "x/status", "online", ""},
	{"empty", "x", "", ""},
	{"temperature", "room/temp", "21.5", "temp=21.5°C"},
	{"suffix in the topic", "x/bus_mV", "4100", "bus=4.1V"},
	{"home assistant", "node/sensor/ina219_current/state", "0.5", "current=500mA?"},
	{"spread", "x/current/variance", "0.5", "variance=0.5"},
	{"level", "x/current_mA/max", "77.2", "current_max=77.2mA"},
	{"value level", "x/voltage/value", "4.1", "voltage=4.1V"},
	{"JSON value under a topic", "x/current", `{"value":77.2}`, "current=77.2mA?"},
	{"JSON value and unit", "x/current", `{"value":0.5,"unit":"A"}`, "current=500mA"},
	{"power by itself", "x/power", "0.317", "power=317mW?"},
	{"fahrenheit", "x/temp_f", "70.5", "temp=70.5°F"},
	{"a separator behind", "x/voltage", "4.1;", "voltage=4.1V"},
	{"letters as topics", "x/i", "48.2", "i=48.2mA?"},
	{"units as topics", "x/amps", "0.0482", "amps=48.2mA"},
	{"chip behind in the topic", "x/INA226/ShuntVoltage_mV", "1.25", "ShuntVoltage=1.25mV"},
	{"shunt of a node", "n/sensor/ina226_shunt_voltage/state", "0.00125", "shunt_voltage=1.25mV?"},
	// of libraries and gateways
	{"mA and W at once", "a", `{"bus_voltage":4.9,"shunt_voltage":0.0121,"current":121.3,"power":0.594}`, "bus_voltage=4.9V, shunt_voltage=12.1mV?, current=121.3mA, power=594mW"},
	{"units as keys", "a", `{"mV":4900,"mA":121.3}`, "mV=4.9V, mA=121.3mA"},
	{"capital units as keys", "a", `{"V":4.9,"A":0.1213,"W":0.594}`, "V=4.9V, A=121.3mA, W=594mW"},
	{"millivolts by range", "a", `{"voltage":4900,"current":121.3}`, "voltage=4.9V?, current=121.3mA?"},
	{"time and values", "a", `{"ts":1771234567000,"values":{"voltage":4.9}}`, "voltage=4.9V"},
	{"time in a string", "a", `{"timestamp":"1771234567","voltage":4.9}`, "voltage=4.9V"},
	{"a mains meter", "a", `{"ENERGY":{"Total":3.1,"Power":14,"Factor":0.7,"Voltage":231,"Current":0.087}}`, "Total=3.1, Power=14000mW?, Factor=0.7, Voltage=231V, Current=87mA?"},
	{"a name and a value", "a", `{"name":"current","value":48.2,"unit":"mA"}`, "current=48.2mA"},
	{"a unit for nothing known", "a", `{"value":4.9,"unit":"V"}`, "value=4.9V"},
	{"encoded twice", "a", `"{\"voltage\": 4.9}"`, "voltage=4.9V"},
	{"repr of a dict in bytes", "a", `b"{'voltage': 4.9}"`, "voltage=4.9V"},
	{"units between spaces", "a", "4.9 V 121.3 mA", "voltage=4.9V, current=121.3mA"},
	{"titles with units in pairs", "a", "Voltage(V):4.9,Current(mA):121.3", "Voltage=4.9V, Current=121.3mA"},
	{"a form with its key", "a", "api_key=AB12CD&field1=4.904&field2=121.3", "field1=4.904V?, field2=121.3mA?"},
	// binary
	{"floats", "plot/bin", "\x40\x80\x00\x00\x7f\xc0\x00\x00", "c1=4, c2=gap"},
	{"text on bin", "plot/bin", "4.25", "value=4.25"},
	{"not utf-8", "x", "\xff\xfe\x00\x01", ""},
	// broken
	{"cut off", "x", `{"voltage": 4.1, "curr`, ""},
	{"too deep", "x", strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40), ""},
	{"huge number", "x", "1e999", ""},
	{"minus", "x", "-", ""},
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, c := range decodeCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if got := render(Decode(c.topic, []byte(c.payload))); got != c.want {
				t.Errorf("Decode(%q, %q):\n got %s\nwant %s", c.topic, c.payload, got, c.want)
			}
		})
	}
}
