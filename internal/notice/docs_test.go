package notice

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write docs/notices.md anew")

// TestDocs: docs/notices.md lists every sentence as it is.
func TestDocs(t *testing.T) {
	t.Parallel()
	const path = "../../docs/notices.md"
	var b strings.Builder
	b.WriteString(`# Problems and hints

Every refusal and every mistake that a student can mend becomes one sentence: on
the page under *Problems and hints*, in the API at ` + "`/api/sessions/{s}/notices`" + `, and as
text on the topic ` + "`<session>/errors`" + `. Repeats are counted, not repeated; what comes
back after a minute of silence is told again. Refusals before there is a session
stand on the first page.

The examples are what ` + "`ada`" + ` reads. This page is written by
` + "`go test ./internal/notice -update`" + `.

| code | what happened | example |
| --- | --- | --- |
`)
	cell := func(s string) string { return strings.ReplaceAll(s, "|", "\\|") }
	for _, c := range Codes() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", c.Code, cell(c.What), cell(c.Example[0].Text))
	}
	want := b.String()
	if *update {
		if err := os.WriteFile(path, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("docs/notices.md is not what the sentences are: go test ./internal/notice -update")
	}
}
