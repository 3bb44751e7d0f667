package account

import (
	"errors"
	"os"
	"strings"
	"testing"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path, Options{})
	login(t, b, "Alice", "x", "Alice", nil)
	if _, err := b.NewKey("bob"); !errors.Is(err, ErrUnknown) {
		t.Errorf("key of nobody: got %v, want %v", err, ErrUnknown)
	}
	if b.HasKey("alice") || b.RevokeKey("alice") != nil || b.RevokeKey("bob") != nil {
		t.Error("a session without a key: got one, or an error")
	}
	first, err := b.NewKey("alice")
	if err != nil {
		t.Fatal(err)
	}
	key, err := b.NewKey("alice")
	if err != nil || key == first || len(key) != 40 {
		t.Fatalf("second key: got %q, %v, want another", key, err)
	}
	for _, bad := range []string{first, "", "x", key + "0"} {
		if got, ok := b.KeySession(bad); ok {
			t.Errorf("KeySession(%q): got %q, want none", bad, got)
		}
	}
	if got, ok := b.KeySession(key); got != "Alice" || !ok {
		t.Errorf("KeySession: got %q, %v, want Alice", got, ok)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	if data, _ := os.ReadFile(path); strings.Contains(string(data), key) {
		t.Error("the key stands in the file, want its sum only")
	}
	b = open(t, path, Options{})
	if _, ok := b.KeySession(key); !ok || !b.HasKey("ALICE") {
		t.Error("the key did not survive")
	}
	if err := b.RevokeKey("alice"); err != nil {
		t.Fatal(err)
	}
	if _, ok := b.KeySession(key); ok || b.HasKey("alice") {
		t.Error("a revoked key opens")
	}
}

func TestSecretAndStamp(t *testing.T) {
	t.Parallel()
	path := file(t)
	b := open(t, path, Options{})
	secret := b.Secret()
	if len(secret) != 32 {
		t.Fatalf("got %d bytes, want 32", len(secret))
	}
	login(t, b, "alice", "x", "alice", nil)
	stamp, other := b.Stamp("alice"), b.Stamp("bob")
	if stamp == other || stamp != b.Stamp("ALICE") {
		t.Errorf("stamps: got %s of alice, %s of bob, want two", stamp, other)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	b = open(t, path, Options{})
	if got := b.Secret(); string(got) != string(secret) {
		t.Error("the secret did not survive")
	}
	if got := b.Stamp("alice"); got != stamp {
		t.Errorf("stamp after a restart: got %s, want %s", got, stamp)
	}
	if err := Reset(path, "alice"); err != nil {
		t.Fatal(err)
	}
	follow(t, b)
	if b.Stamp("alice") == stamp {
		t.Error("the stamp outlived the password")
	}
}
