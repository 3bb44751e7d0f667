package e2e

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
)

// binary is the program under test, built once by TestMain; under the race
// detector it is built with it too.
var binary string

// measuring says that figures are wanted: as many boards, points and seconds as
// the docs name (make bench), where a test is content with fewer.
var measuring = os.Getenv("LABBROKER_MEASURE") != ""

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "labbroker-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	// Tests wait for browsers and clocks half of the time: one more of them at a
	// time than there are cores, unless the command line says otherwise.
	if err := flag.Set("test.parallel", strconv.Itoa(runtime.GOMAXPROCS(0)+1)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "labbroker")
	args := []string{"build", "-o", binary}
	if raceEnabled {
		args = append(args, "-race")
	}
	build := exec.Command("go", append(args, "labbroker/cmd/labbroker")...)
	build.Stdout, build.Stderr = os.Stderr, os.Stderr
	code := 1
	if err := build.Run(); err == nil {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}
