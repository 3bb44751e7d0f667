package main

import (
	"context"
	"errors"
	"time"

	"labbroker/broker"
	"labbroker/dashboard"
	"labbroker/hooks"
	"labbroker/internal/ingest"
	"labbroker/internal/notice"
)

// talk lets pages publish through the broker, by the gate's rules: neither the
// pages nor the broker know the other.
type talk struct{ *server }

var _ dashboard.Talk = talk{}

// Publish implements dashboard.Talk.
func (t talk) Publish(ctx context.Context, who string, m dashboard.PageMessage) (dashboard.Publication, error) {
	page := t.gate.Page(who)
	said, err := t.broker.Say(ctx, page, m.Topic, m.Payload, m.QoS, m.Retain)
	if err != nil {
		return nil, refusal(page, err)
	}
	return publication{said, texts(page.Told())}, nil
}

// Check implements dashboard.Talk.
func (t talk) Check(ctx context.Context, who string, m dashboard.PageMessage) (*dashboard.Check, error) {
	page := t.gate.Page(who)
	out := &dashboard.Check{}
	if d, bad := t.broker.OverLimit(who, m.Topic, len(m.Payload)); bad {
		out.Why = d.Text
		return out, nil
	}
	v := page.Check(m.Topic)
	out.Allowed, out.Why, out.Instead, out.Session, out.Topic = v.Allowed, v.Draft.Text, v.Instead, v.Session, v.Topic
	if !v.Allowed {
		if v = page.Check(v.Instead); !v.Allowed {
			return out, nil
		}
		m.Topic = out.Instead
	}
	for _, r := range t.broker.Subscribers(m.Topic) {
		out.Subscribers = append(out.Subscribers, dashboard.Subscriber{
			Session: r.Session, Client: r.Client, Here: r.Here, QoS: min(r.QoS, m.QoS), Filters: r.Filters, Shared: r.Shared,
		})
	}
	if v.Session == "" {
		return out, nil
	}
	var err error
	out.Decoded, err = t.pipeline.Preview(ctx, ingest.Message{
		Session: v.Session, Topic: v.Topic, Payload: m.Payload, QoS: m.QoS, Retain: m.Retain, Client: "page", Page: true,
	})
	return out, err
}

// Listen implements dashboard.Talk.
func (t talk) Listen(who string, filters []string) (dashboard.Listening, []string, error) {
	page := t.gate.Page(who)
	ear, err := t.broker.Hear(page, filters...)
	if err != nil {
		return nil, nil, refusal(page, err)
	}
	return listening{ear}, texts(page.Told()), nil
}

// listening is dashboard.Listening.
type listening struct{ *broker.Ear }

func (l listening) Next(ctx context.Context) ([]dashboard.PageHeard, int64, error) {
	list, dropped, err := l.Ear.Next(ctx)
	out := make([]dashboard.PageHeard, len(list))
	for i, h := range list {
		out[i] = dashboard.PageHeard{
			PageMessage: dashboard.PageMessage{Topic: h.Topic, Payload: h.Payload, QoS: h.QoS, Retain: h.Retain},
			Size:        h.Size, Kept: h.Kept, At: h.At,
		}
	}
	return out, dropped, err
}

// refusal is the broker's refusal in the sentence of the rules.
func refusal(page *hooks.Page, err error) error {
	var fast *broker.TooFastError
	told := page.Told()
	switch {
	case errors.As(err, &fast):
		return &dashboard.Denial{Text: "That is more than a page may say: wait a second, and send less often.", Wait: fast.Wait}
	case errors.Is(err, broker.ErrTooLarge):
		return &dashboard.Denial{Text: "This message is larger than one may be on this server.", Large: true}
	case errors.Is(err, broker.ErrTooManyEars):
		return &dashboard.Denial{Text: "As many pages listen as may: close another one of yours.", Wait: time.Second}
	case errors.Is(err, broker.ErrRefused) && len(told) > 0:
		d := told[len(told)-1]
		return &dashboard.Denial{Text: d.Text, Form: malformed(d.Code)}
	}
	return err
}

// malformed says whether a topic or filter is wrong for everybody.
func malformed(c notice.Code) bool {
	switch c {
	case notice.CodeWildcard, notice.CodeBadTopic, notice.CodeTooLong, notice.CodeTooDeep, notice.CodeFilterMalformed:
		return true
	}
	return false
}

func texts(list []notice.Draft) []string {
	var out []string
	for _, d := range list {
		out = append(out, d.Text)
	}
	return out
}

// publication is dashboard.Publication.
type publication struct {
	*broker.Said
	hints []string
}

func (p publication) Hints() []string { return p.hints }

func (p publication) Receivers() []dashboard.Receiver {
	var out []dashboard.Receiver
	for _, r := range p.Said.Receivers() {
		out = append(out, dashboard.Receiver{Session: r.Session, Client: r.Client, QoS: r.QoS, State: r.State, After: r.After})
	}
	return out
}
