package e2e

import (
	"testing"

	"labbroker/internal/mqtttest"
)

// enter writes into a field as a reader does.
func (p *tab) enter(selector, text string) {
	p.t.Helper()
	p.js(`(s, text) => {
		const n = document.querySelector(s);
		n.focus();
		n.value = text;
		n.dispatchEvent(new Event('input', {bubbles: true}));
		n.dispatchEvent(new Event('change', {bubbles: true}));
	}`, selector, text)
}

// TestBrowserPublish is a student at the tab, with a board that listens or
// does not.
func TestBrowserPublish(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	board := mqtttest.Connect(t, s.MQTT, mqtttest.Login{ID: "board", User: "ada", Password: "pw"})
	p := newTab(t, startBrowser(t), s).size(1280, 900).signIn("ada", "pw").bench("ada", "publish")
	p.waitText("#pane-publish", "Nothing is pinned yet")
	p.waitText("#listen-log", "Nothing came yet")

	// Nobody subscribes, and the page hears itself.
	p.enter("#publish-topic", "ada/led") // the prefix was typed too
	p.enter("#publish-payload", "on")
	p.click("#publish-send")
	p.waitText("#publish-outcome", "Nobody subscribes to ada/led.")
	p.waitText("#listen-log", "ada/led")
	p.waitText("#publish-said", "led on")

	// At QoS 1 the board acknowledges, and then does not.
	board.Subscribe("ada/led", 1)
	p.click("#publish-qos [data-qos='1']")
	p.click("#publish-send")
	if m := board.Message(); m.Payload != "on" || m.QoS != 1 {
		t.Errorf("the board got %v, want on at QoS 1", m)
	}
	p.waitText("#publish-outcome", "Acknowledged by board after")
	p.press("#publish-said", "Resend")
	m := board.Await(mqtttest.PUBLISH)
	p.waitText("#publish-outcome", "waiting for the acknowledgement")
	p.waitText("#publish-outcome", "board: not acknowledged. Does the loop call check_msg()?")
	board.Send(mqtttest.Ack(mqtttest.PUBACK, m.ID))
	p.waitText("#publish-outcome", "Acknowledged by board after")

	// A switch of the session's own toggles the LED.
	p.click("#controls-add")
	p.waitText("#control-form", "Add a control")
	p.enter("#control-label", "Red LED")
	p.enter("#control-topic", "led")
	p.click("#control-retain")
	p.click("#control-save")
	p.waitText("#controls", "Red LED")
	p.waitJS(`() => document.querySelector('#controls [role=switch]').getAttribute('aria-checked') === 'true'`) // the last message was on
	p.click("#controls [role=switch]")
	if m := board.Message(); m.Topic != "ada/led" || m.Payload != "off" {
		t.Errorf("the board got %v, want off", m)
	}
	p.waitJS(`() => document.querySelector('#controls [role=switch]').getAttribute('aria-checked') === 'false'`)
	p.waitText("#controls", "Sent to board")

	// What the board says moves the switch; another device has it too.
	board.Publish("ada/led", "on", 0, false)
	p.waitJS(`() => document.querySelector('#controls [role=switch]').getAttribute('aria-checked') === 'true'`)
	board.Message() // its own
	p.goTo("/").bench("ada", "publish")
	p.waitText("#controls", "Red LED")

	// A slider sends the last value.
	board.Subscribe("ada/dim", 0)
	p.click("#controls-add")
	p.press("#control-form", "Slider")
	p.enter("#control-topic", "dim")
	p.enter("#control-template", `{"dim": {value}}`)
	p.click("#control-save")
	p.waitText("#controls", "dim")
	p.js(`() => { const r = document.querySelector('#controls input[type=range]');
		for (let i = 1; i <= 60; i++) { r.value = i; r.dispatchEvent(new Event('input', {bubbles: true})); }
		r.dispatchEvent(new Event('change', {bubbles: true})); }`)
	got := []string{board.Message().Payload}
	for got[len(got)-1] != `{"dim": 60}` {
		got = append(got, board.Message().Payload)
	}
	if len(got) > 3 {
		t.Errorf("the slider sent %d values at once, want the first and the last: %q", len(got), got)
	}

	// What may not be heard is explained.
	s.say(t, "instructor", teacher, "ada", message{"topic": "class/message", "payload": "hello class", "retain": true})
	p.enter("#listen-filter", "class/#")
	p.click("#listen-add")
	p.waitText("#listen-log", "hello class")
	mqtttest.Connect(t, s.MQTT, mqtttest.Login{ID: "board", User: "Bob", Password: "pw"})
	p.enter("#listen-filter", "Bob/#")
	p.click("#listen-add")
	p.waitText("#listen-outcome", "That belongs to Bob")
	p.clean()
}

// TestBrowserCheck is "Check a topic".
func TestBrowserCheck(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{})
	board := mqtttest.Connect(t, s.MQTT, mqtttest.Login{ID: "board", User: "ada", Password: "pw"})
	board.Subscribe("ada/#", 1)
	board.Publish("mcu/ina219", "5.02", 1, false) // refused
	board.Publish("ada/hello", "hello there", 0, false)
	p := newTab(t, startBrowser(t), s).size(390, 800).signIn("ada", "pw").bench("ada", "publish")
	p.enter("#check-topic", "mcu/ina219")
	p.enter("#check-payload", `{"voltage": 5.02, "current": 81.3}`)
	p.click("#check-ask")
	p.waitText("#check-result", "Not allowed You published to mcu/ina219. Your topics start with ada/: publish to ada/mcu/ina219.")
	p.click("#check-instead")
	p.waitText("#check-result", "Allowed Yes.")
	p.waitText("#check-result", "board of ada at QoS 0 through ada/#")
	p.waitText("#check-result", "current 81.3 mA guessed no sensor here measures that much of the other unit")
	p.waitText("#check-result", "came without a unit")

	p.js(`() => { const s = document.querySelector('#check-recent'); s.value = [...s.options].find((o) => o.text.startsWith('ada/hello')).value; s.dispatchEvent(new Event('change')); }`)
	p.waitText("#check-result", "Text: there is no number in it")
	p.js(`() => { const s = document.querySelector('#check-recent'); s.value = [...s.options].find((o) => o.text === 'mcu/ina219').value; s.dispatchEvent(new Event('change')); }`)
	p.waitText("#check-result", "Not allowed")
	for _, width := range []int{390, 360, 1280} {
		p.size(width, 800)
		p.narrow("Publish")
		p.click("#controls-add")
		p.narrow("Publish, with the form of a control")
		p.labelled("body")
		p.press("#control-form", "Cancel")
	}
	p.labelled("#pane-publish")
	p.clean()
}
