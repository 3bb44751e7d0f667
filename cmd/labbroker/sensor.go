package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"

	"labbroker/internal/board"
	"labbroker/internal/session"
)

// sensorCmd publishes a real INA219 of this machine.
type sensorCmd struct {
	Bus      string  `default:"/dev/i2c-1" placeholder:"BUS" help:"The I2C bus. Default ${default}."`
	Addr     string  `default:"0x40" placeholder:"ADDR" help:"The chip's address, 0x40 to 0x4f. Default ${default}."`
	Shunt    float64 `default:"0.1" placeholder:"OHM" help:"The shunt resistor. Default ${default}."`
	Rate     float64 `default:"10" placeholder:"R" help:"Readings per second. Default ${default}."`
	Broker   string  `default:"127.0.0.1:1883" placeholder:"HOST[:PORT]" help:"The broker. Default ${default}."`
	Session  string  `required:"" placeholder:"NAME" help:"Your name (prefix)."`
	Password string  `required:"" placeholder:"PASSWORD" help:"Its password."`
	Topic    string  `default:"mcu/ina219" placeholder:"TOPIC" help:"Where to publish, below the name. Default ${default}."`
}

func (s *sensorCmd) run(ctx context.Context, c console) error {
	addr, err := strconv.ParseUint(s.Addr, 0, 16)
	if err != nil || addr < 0x40 || addr > 0x4f {
		return fmt.Errorf("--addr %q: an INA219 has an address from 0x40 to 0x4f", s.Addr)
	}
	if s.Shunt <= 0 {
		return fmt.Errorf("--shunt %v: the resistance is more than 0 ohm", s.Shunt)
	}
	if s.Rate <= 0 || s.Rate > 1000 {
		return errors.New("--rate: from above 0 to 1000 readings a second")
	}
	if err := session.Check(s.Session); err != nil {
		return fmt.Errorf("--session %q: %w", s.Session, err)
	}
	return board.Run(ctx, board.Options{
		Broker: s.Broker, Session: s.Session, Password: s.Password, Topic: s.Topic,
		Rate: s.Rate, Bus: s.Bus, Addr: uint16(addr), Shunt: s.Shunt,
		Log: slog.New(slog.NewTextHandler(c.err, nil)),
	})
}
