package wire

// BeforePassword is how many bytes of a CONNECT's content come before its
// password, all of them if it has none: what may be shown. Of a CONNECT of
// another level than 3 and 4, and where the content is not laid out as it says,
// that is no more than the variable header (3.1.2).
func BeforePassword(content []byte) int {
	at, ok := skip(content, 0)
	const fixed = 4 // level, flags, keepalive
	if !ok || len(content) < at+fixed {
		return 0
	}
	level, flags := content[at], content[at+1]
	head := at + fixed
	if level != 3 && level != 4 {
		return head
	}
	strings := 1 // the client id
	if flags&4 != 0 {
		strings += 2 // will topic and will message
	}
	if flags&0x80 != 0 {
		strings++ // user name
	}
	at = head
	for range strings {
		if at, ok = skip(content, at); !ok {
			return head
		}
	}
	if flags&0x40 == 0 && at != len(content) {
		return head
	}
	return at
}

// skip is where a string of MQTT ends that begins at at.
func skip(b []byte, at int) (end int, ok bool) {
	if len(b) < at+2 {
		return 0, false
	}
	end = at + 2 + int(b[at])<<8 + int(b[at+1])
	return end, end <= len(b)
}
