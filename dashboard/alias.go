package dashboard

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"strconv"
	"strings"
	"sync"

	"labbroker/internal/session"
)

// words are what the projector calls sessions that have no seat: short, told
// apart from the last row, and nothing that anybody minds being.
var aliasWords = strings.Fields(`
acorn agate amber anchor apple aspen atlas badger bamboo basil beaver birch
bison breeze brook cactus canyon cedar cherry clover cobalt comet copper coral
cricket crystal dahlia delta dolphin dune eagle echo ember falcon fern finch
fjord flint forest fox galaxy garnet geyser ginger granite hazel heron hickory
holly iris island ivory jade jasper juniper kelp kestrel koala lagoon lark
laurel lemon lilac linden lotus lunar lynx magnet mango maple marble marlin
meadow meteor mint nebula nectar nutmeg oasis ocean olive onyx opal orchid
osprey otter panda papaya pebble pepper pine planet plum polar poppy prairie
puffin quartz quill raven reef ripple robin ruby sable saffron sage salmon
sequoia sierra silver sparrow spruce sumac sunset swift tango teal thistle
tiger topaz tulip tundra velvet violet walnut willow wren zebra zenith`)

// aliases gives each session a word of its own. Which one follows from the
// data folder's secret, so it stays over a restart unless two meet on one.
type aliases struct {
	secret func() []byte

	mu    sync.Mutex        // guards below
	of    map[string]string // by session.Key
	taken map[string]bool
}

func newAliases(secret func() []byte) *aliases {
	return &aliases{secret: secret, of: map[string]string{}, taken: map[string]bool{}}
}

func (a *aliases) get(name string) string {
	key := session.Key(name)
	a.mu.Lock()
	defer a.mu.Unlock()
	if word := a.of[key]; word != "" {
		return word
	}
	mac := hmac.New(sha256.New, a.secret())
	mac.Write([]byte("alias\x00" + key))
	at := int(binary.BigEndian.Uint32(mac.Sum(nil)) % uint32(len(aliasWords)))
	word := aliasWords[at]
	for n := 0; a.taken[word]; n++ {
		word = aliasWords[(at+n)%len(aliasWords)]
		if round := n / len(aliasWords); round > 0 {
			word += " " + strconv.Itoa(round+1)
		}
	}
	a.of[key], a.taken[word] = word, true
	return word
}

func (a *aliases) drop(name string) {
	key := session.Key(name)
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.taken, a.of[key])
	delete(a.of, key)
}
