package account

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// checkHeader says whether data begins like a file of accounts. Nothing, and
// the beginning of a header, which a crash may leave, are good.
func checkHeader(data []byte) error {
	first, _, whole := bytes.Cut(data, []byte{'\n'})
	var r record
	err := json.Unmarshal(first, &r)
	switch {
	case len(data) == 0:
		return nil
	case err == nil && r.Op == opHeader && r.Version > version:
		return fmt.Errorf("was written by a newer labbroker (format %d, this one reads %d)", r.Version, version)
	case err == nil && r.Op == opHeader:
		return nil
	case !whole && bytes.HasPrefix(encode(record{Op: opHeader, Version: version}), first):
		return nil
	}
	return errors.New("is not a file of labbroker's accounts")
}
