package broker

import (
	"bytes"
	"errors"
	"testing"
)

func TestFrames(t *testing.T) {
	t.Parallel()
	long := append([]byte{0x30, 0xc8, 0x01}, make([]byte, 200)...)
	tests := []struct {
		name   string
		sent   []byte
		passed int // bytes
		err    bool
		inside bool
	}{
		{"nothing", nil, 0, false, false},
		{"ping", []byte{0xc0, 0}, 2, false, false},
		{"two packets", []byte{0xc0, 0, 0x40, 2, 0, 1}, 6, false, false},
		{"first byte", []byte{0x40}, 1, false, true},
		{"half a length", []byte{0x30, 0x80}, 2, false, true},
		{"half a body", []byte{0x40, 2, 0}, 3, false, true},
		{"two bytes of length", long, len(long), false, false},
		{"too large", []byte{0x30, 0xff, 0xff, 0xff, 0x7f}, 0, true, false},
		{"too large after a ping", []byte{0xc0, 0, 0x30, 0xff, 0x7f, 1, 2}, 2, true, false},
		{"one byte over", []byte{0x30, 0xf6, 0x07}, 0, true, false},
		{"just fits", []byte{0x30, 0xe5, 0x07}, 3, false, true},
		{"five bytes of length", []byte{0x30, 0x80, 0x80, 0x80, 0x80, 0}, 0, true, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			whole := frames{max: 1000}
			n, err := whole.scan(tt.sent)
			if n != tt.passed || (err != nil) != tt.err {
				t.Errorf("at once: got %d, %v, want %d, error = %v", n, err, tt.passed, tt.err)
			}
			if err == nil && whole.inside() != tt.inside {
				t.Errorf("inside: got %v, want %v", whole.inside(), tt.inside)
			}
			single := frames{max: 1000}
			for i := range tt.sent {
				if _, err = single.scan(tt.sent[i : i+1]); err != nil {
					break
				}
			}
			if (err != nil) != tt.err {
				t.Errorf("byte by byte: got %v, want error = %v", err, tt.err)
			}
		})
	}
}

func TestFramesSize(t *testing.T) {
	t.Parallel()
	f := frames{max: 1000}
	_, err := f.scan([]byte{0x30, 0xff, 0x7f})
	var large tooLarge
	if !errors.As(err, &large) || large.size != 3+16383 || large.limit != 1000 {
		t.Errorf("got %v, want the size and the limit", err)
	}
	if _, again := f.scan([]byte{0xc0, 0}); again == nil {
		t.Error("after a refused packet: got no error")
	}
}

// FuzzFrames: however the bytes come in pieces, the same is passed on, and
// never more than a packet of the limit is awaited.
func FuzzFrames(f *testing.F) {
	f.Add([]byte{0xc0, 0, 0x40, 2, 0, 1}, uint8(1))
	f.Add([]byte{0x30, 0xff, 0xff, 0xff, 0x7f}, uint8(3))
	f.Add(append([]byte{0x30, 0xc8, 0x01}, make([]byte, 200)...), uint8(7))
	f.Fuzz(func(t *testing.T, sent []byte, size uint8) {
		whole, pieces := frames{max: 500}, frames{max: 500}
		_, wantErr := whole.scan(sent)
		var err error
		for rest := sent; len(rest) > 0 && err == nil; {
			n := min(int(size)+1, len(rest))
			var took int
			took, err = pieces.scan(rest[:n])
			if err == nil && took != n {
				t.Fatalf("took %d of %d without an error", took, n)
			}
			rest = rest[n:]
		}
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("in pieces: got %v, at once %v", err, wantErr)
		}
		if err == nil && (pieces.body != whole.body || pieces.head != whole.head || whole.body > 500) {
			t.Fatalf("in pieces: got %+v, at once %+v", pieces, whole)
		}
	})
}

func TestEach(t *testing.T) {
	t.Parallel()
	long := append([]byte{0x30, 0xc8, 0x01}, bytes.Repeat([]byte{7}, 200)...)
	var got [][]byte
	each(append(append([]byte{0xd0, 0}, long...), 0x40, 2, 0, 1), func(p []byte) { got = append(got, p) })
	want := [][]byte{{0xd0, 0}, long, {0x40, 2, 0, 1}}
	if len(got) != len(want) {
		t.Fatalf("got %d packets, want %d", len(got), len(want))
	}
	for i := range want {
		if !bytes.Equal(got[i], want[i]) {
			t.Errorf("packet %d: got %x, want %x", i, got[i], want[i])
		}
	}
}
