// Package policy decides what a client may touch. It is pure: no broker, no
// clock, no I/O; a Policy never changes, a change makes a new one.
package policy
