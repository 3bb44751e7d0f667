package simulate

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
)

// deleters is how many sessions are removed at the same time.
const deleters = 4

// remove deletes the sessions of the run through the API, each with its own
// credentials, and notes in r what is left.
func (c *class) remove(ctx context.Context, r *Report) {
	var names []string
	for i := range c.came {
		if i == 0 || c.came[i].Load() { // the first was introduced
			names = append(names, c.session(i))
		}
	}
	r.Kept = len(names)
	if c.Keep {
		return
	}
	// ctx has ended when the user did it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.Cleanup)
	defer cancel()
	client, hangUp := newClient()
	defer hangUp()

	todo := make(chan string, len(names))
	for _, name := range names {
		todo <- name
	}
	close(todo)
	var gone atomic.Int64
	var why atomic.Pointer[string]
	var wg sync.WaitGroup
	for range deleters {
		wg.Go(func() {
			for name := range todo {
				if err := c.delete(ctx, client, name); err != nil {
					text := err.Error()
					why.Store(&text)
					continue
				}
				gone.Add(1)
			}
		})
	}
	wg.Wait()
	r.Removed = int(gone.Load())
	r.Kept -= r.Removed
	if text := why.Load(); text != nil {
		r.KeptWhy = *text
	}
}

func (c *class) delete(ctx context.Context, client *http.Client, name string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodDelete, c.HTTP+"/api/sessions/"+name, nil)
	if err != nil {
		return err
	}
	req.SetBasicAuth(name, c.Password)
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	switch res.StatusCode {
	case http.StatusOK, http.StatusNoContent, http.StatusNotFound:
		return nil
	}
	return fmt.Errorf("%s: %w", name, refusal(res))
}
