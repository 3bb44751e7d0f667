package ingest

import "errors"

// ErrUnit is SetUnit's answer to a unit that is not known.
var ErrUnit = errors.New("unknown unit")
