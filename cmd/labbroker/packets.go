package main

import "labbroker/dashboard"

// watchPackets lets a page see a session's packets. A nil *broker.Watch must
// not become an interface that is none.
func (s *server) watchPackets(name string) (dashboard.PacketWatch, error) {
	w, err := s.broker.Watch(name)
	if err != nil {
		return nil, err
	}
	return w, nil
}
