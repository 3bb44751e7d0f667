package account

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// cost is argon2id's.
type cost struct {
	memory uint32 // KiB
	time   uint32
}

// standard takes about 31 ms on a small machine.
var standard = cost{memory: 19 * 1024, time: 2}

const (
	saltLen = 16
	hashLen = 32
)

var b64 = base64.RawStdEncoding

// hash is argon2id's PHC string for a new random salt.
func (c cost) hash(password string) string {
	salt := randomBytes(saltLen)
	sum := argon2.IDKey([]byte(password), salt, c.time, c.memory, 1, hashLen)
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=1$%s$%s", argon2.Version, c.memory, c.time,
		b64.EncodeToString(salt), b64.EncodeToString(sum))
}

// matches computes whether password is the one of a PHC string. A string that
// cannot be read matches nothing.
func matches(phc, password string) bool {
	parts := strings.Split(phc, "$")
	if len(parts) != 6 || parts[1] != "argon2id" || parts[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return false
	}
	var c cost
	var threads uint8
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.time, &threads); err != nil {
		return false
	}
	salt, err1 := b64.DecodeString(parts[4])
	want, err2 := b64.DecodeString(parts[5])
	if err1 != nil || err2 != nil || len(want) < 16 || c.time < 1 || c.time > 64 || c.memory > 1<<20 || threads < 1 {
		return false
	}
	got := argon2.IDKey([]byte(password), salt, c.time, c.memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}

func randomBytes(n int) []byte {
	p := make([]byte, n)
	_, _ = rand.Read(p) // never fails: it ends the program instead
	return p
}
