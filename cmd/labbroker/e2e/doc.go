// Package e2e tests labbroker as its users meet it: the built program, real
// sockets, real MQTT clients, a real browser. It has no code of its own
// besides the tests.
package e2e
