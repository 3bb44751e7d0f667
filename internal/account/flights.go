package account

import "sync"

// flights lets one caller at a time do something for a key, while others wait
// for its end. The zero value is ready.
type flights struct {
	mu sync.Mutex // guards m
	m  map[string]chan struct{}
}

// begin returns true to the one who goes on and must call end; others get a
// channel that is closed at the end.
func (f *flights) begin(key string) (done <-chan struct{}, leads bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ch, ok := f.m[key]; ok {
		return ch, false
	}
	if f.m == nil {
		f.m = make(map[string]chan struct{})
	}
	f.m[key] = make(chan struct{})
	return nil, true
}

func (f *flights) end(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.m[key])
	delete(f.m, key)
}
