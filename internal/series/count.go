package series

import (
	"context"
	"fmt"
)

// CountRows is how many rows of a series a query chooses, as Counter, of a store
// that is none by reading them.
func CountRows(ctx context.Context, from Reader, info *Info, q Query) (int64, error) {
	if info.Rows == 0 { // where its first and last row do not tell: the clock may have gone back
		return 0, nil
	}
	if c, ok := from.(Counter); ok {
		n, err := c.Count(ctx, info.ID, q)
		if err != nil {
			return 0, fmt.Errorf("count rows of %q: %w", info.Name, err)
		}
		return n, nil
	}
	n := int64(0)
	err := from.Rows(ctx, info.ID, q, func(Row) error { n++; return nil })
	return n, err
}
