// Command labbroker is an MQTT broker for an electronics class: it keeps each
// student inside the prefix of their session, records what their boards send
// and shows it live in the browser.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	_ "time/tzdata" // local times in exports, where the system has no table of zones
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintf(os.Stderr, "labbroker: %v\n", err)
		os.Exit(1)
	}
}

// run parses args and runs the chosen command until it is done or ctx ends.
// Every error is one sentence for the person at the console.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	command, err := parse(args, stdout)
	if err != nil || command == nil {
		return err
	}
	return command.run(ctx, console{out: stdout, err: stderr})
}

// console is where a command speaks: out for what the person asked for, err
// for the log.
type console struct {
	out, err io.Writer
}

// runner is a parsed and validated command.
type runner interface {
	run(ctx context.Context, c console) error
}
