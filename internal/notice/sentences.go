package notice

// Codes of the mistakes that have a sentence, grouped as the files are.
const (
	// A publish that was refused (sentences_topic.go).
	CodeNoPrefix      Code = "no-prefix"
	CodeWrongCase     Code = "wrong-case"
	CodeLeadingSlash  Code = "leading-slash"
	CodeSpace         Code = "space"
	CodeOtherSession  Code = "other-session"
	CodeWildcard      Code = "wildcard"
	CodeClassReadOnly Code = "class-read-only"
	CodeSysReadOnly   Code = "sys-read-only"
	CodePlaceholder   Code = "placeholder"
	CodeBadTopic      Code = "bad-topic"
	CodeTooDeep       Code = "too-deep"

	// A subscription that was refused, or granted and silent
	// (sentences_filter.go).
	CodeFilterOther     Code = "filter-other-session"
	CodeFilterOutside   Code = "filter-outside"
	CodeFilterMalformed Code = "filter-malformed"

	// A CONNECT that was refused (sentences_connect.go).
	CodeNoUser         Code = "no-user"
	CodeNoPassword     Code = "no-password"
	CodeWrongPassword  Code = "wrong-password"
	CodeBadName        Code = "bad-name"
	CodeReservedName   Code = "reserved-name"
	CodeNotInRoster    Code = "not-in-roster"
	CodeArchived       Code = "archived"
	CodeGuessing       Code = "guessing"
	CodeRenamed        Code = "renamed"
	CodeMQTT5          Code = "mqtt5"
	CodeProtocol       Code = "protocol-level"
	CodeEmptyClientID  Code = "empty-client-id"
	CodeWillOutside    Code = "will-outside"
	CodeUnavailable    Code = "unavailable"
	CodeLimit          Code = "limit"
	CodeConnectRate    Code = "connect-rate"
	CodeSessionClients Code = "session-clients"
	CodeNotMQTT        Code = "not-mqtt"
	CodeNoConnect      Code = "no-connect"

	// What happened to a connection (sentences_link.go).
	CodeMalformed        Code = "malformed"
	CodeTooLarge         Code = "too-large"
	CodeKeepalive        Code = "keepalive"
	CodeSameClientID     Code = "same-client-id"
	CodeSeveralAddresses Code = "several-addresses"
	CodeRateSlowed       Code = "rate-slowed"
	CodeDropped          Code = "dropped"

	// What the broker could not keep or finish (sentences_flow.go).
	CodeQueueFull        Code = "queue-full"
	CodeCut              Code = "cut"
	CodeTooLong          Code = "topic-too-long"
	CodeTooManySubs      Code = "too-many-subscriptions"
	CodeTooManyRetained  Code = "too-many-retained"
	CodeBrokerFault      Code = "broker-fault"
	CodePaused           Code = "paused"
	CodeDismissed        Code = "dismissed"
	CodeUnfinishedPacket Code = "unfinished-packet"

	// What a payload says (sentences_payload.go).
	CodeBytesRepr    Code = "bytes-repr"
	CodeDecimalComma Code = "decimal-comma"
	CodeNaN          Code = "nan"
	CodeUnitGuessed  Code = "unit-guessed"
	CodeAlwaysZero   Code = "always-zero"
	CodePinned       Code = "pinned"
	CodeSwappedPins  Code = "swapped-pins"
	CodeBrokenJSON   Code = "broken-json"

	// iot-plot and the history (sentences_series.go).
	CodeUnknownSeries  Code = "unknown-series"
	CodeWrongCount     Code = "wrong-count"
	CodePlotFormat     Code = "plot-format"
	CodePlotOptions    Code = "plot-options"
	CodePlotRefused    Code = "plot-refused"
	CodeTooManySeries  Code = "too-many-series"
	CodeTooManyColumns Code = "too-many-columns"
	CodeTooManyTopics  Code = "too-many-topics"
	CodeRecordingOff   Code = "recording-off"
)
