// Package examples embeds what a student copies, so that boards can install
// from the server itself. It embeds and does nothing else.
package examples

import "embed"

// MicroPython has the modules and programs for a board, below micropython/.
//
//go:embed micropython/*.py
var MicroPython embed.FS
