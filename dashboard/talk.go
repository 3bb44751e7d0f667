package dashboard

import (
	"net/http"

	"labbroker/internal/notice"
	"labbroker/internal/presence"
)

type noticeJSON struct {
	Code  string  `json:"code"`
	Text  string  `json:"text"`
	Topic string  `json:"topic"`
	Count int     `json:"count"`
	First instant `json:"first"`
	Last  instant `json:"last"`
}

func noticesJSON(list []notice.Notice) []noticeJSON {
	out := make([]noticeJSON, len(list))
	for i, n := range list {
		out[i] = noticeJSON{string(n.Code), n.Text, n.Topic, n.Count, milli(n.First), milli(n.Last)}
	}
	return out
}

func (s *Server) getNotices(w http.ResponseWriter, _ *http.Request, c call) error {
	return sendJSON(w, http.StatusOK, noticesJSON(s.Notices.List(c.name)))
}

type topicJSON struct {
	Topic    string  `json:"topic"`
	Text     string  `json:"text"`
	Size     int     `json:"size"`
	Binary   bool    `json:"binary"`
	Numeric  bool    `json:"numeric"`
	QoS      byte    `json:"qos"`
	Retained bool    `json:"retained"`
	Count    int64   `json:"count"`
	Time     instant `json:"time"`
}

func topicsJSON(list []presence.Topic) []topicJSON {
	out := make([]topicJSON, len(list))
	for i, t := range list {
		out[i] = topicJSON{t.Topic, t.Text, t.Size, t.Binary, t.Numeric, t.QoS, t.Retained, t.Count, milli(t.Time)}
	}
	return out
}

func (s *Server) getTopics(w http.ResponseWriter, _ *http.Request, c call) error {
	topics, _ := s.Presence.TopicsSince(c.name, 0)
	return sendJSON(w, http.StatusOK, topicsJSON(topics))
}
