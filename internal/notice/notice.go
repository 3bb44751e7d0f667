// Package notice tells students what went wrong and what to do about it.
//
// A notice is one sentence for one mistake at one topic; repeats are counted,
// not repeated. The sentences stand here too (sentences*.go), so that they
// speak with one voice; who finds a mistake only names its code and facts.
package notice

import "time"

// Code names a kind of mistake, for the API and the docs.
type Code string

// Kind tells mistakes of one session apart by a number, the same one for each
// repeat and after a restart. Two mistakes share one by chance alone.
type Kind uint32

// Notice is a mistake of one session.
type Notice struct {
	Code  Code
	Text  string // the sentence: what was sent, the rule, the way out
	Topic string // as sent, "" where none is concerned
	Count int
	First time.Time
	Last  time.Time
}

// Draft is what a finder hands over: Key tells repeats apart, in place of
// Topic where that is not enough ("" = Topic).
type Draft struct {
	Code  Code
	Topic string
	Key   string
	Text  string
	Times int // how often it happened at once, 0 = once
}

// Taker takes drafts; it never blocks. session is the spelling of the claim.
type Taker interface {
	Notice(session string, d Draft)
}
