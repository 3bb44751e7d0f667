package notice

import (
	"time"

	"labbroker/internal/session"
)

// CodeInfo is a kind of mistake for the docs.
type CodeInfo struct {
	Code    Code
	What    string  // what happened, in a few words
	Example []Draft // sentences as ada gets them; the first one is the usual one
}

// Codes lists every code with what it stands for and its sentences, in the
// order in which the docs show them.
func Codes() []CodeInfo {
	const ada = "ada"
	return []CodeInfo{
		{CodeNoPrefix, "published outside the own prefix", []Draft{NoPrefix(ada, "data"), NoPrefix("", "lab/data"), NoPrefix(ada, "new_series")}},
		{CodeWrongCase, "published below the own name in other capitals", []Draft{WrongCase(ada, "Ada/data")}},
		{CodeLeadingSlash, "published with a slash in front", []Draft{LeadingSlash(ada, "/ada/data")}},
		{CodeSpace, "published with a space in the first level", []Draft{Space(ada, "ada /data")}},
		{CodeOtherSession, "published below another session's prefix", []Draft{
			OtherSession(ada, "bob/current"), OtherSession(ada, "bob/public/x")}},
		{CodeWildcard, "published to a filter; the connection is closed", []Draft{Wildcard(ada, "ada/+/data")}},
		{CodeClassReadOnly, "published below `class/`", []Draft{ClassReadOnly(ada, "class/hello")}},
		{CodeSysReadOnly, "published to a topic with `$` in front", []Draft{SysReadOnly(ada, "$SYS/broker/uptime")}},
		{CodePlaceholder, "the slides' placeholder as topic or user name", []Draft{
			PlaceholderTopic(ada, "insert unique session here/data"), PlaceholderName("insert unique session here")}},
		{CodeBadTopic, "published to an empty topic, or one with a forbidden character; the connection is closed", []Draft{
			EmptyTopic(ada), ForbiddenCharacter(ada, "ada/x\x00")}},
		{CodeTooDeep, "topic or filter with too many levels", []Draft{TooDeep(ada, "ada/x/x/x", 3)}},

		{CodeFilterOther, "subscribed to another session's topics; refused (128)", []Draft{FilterOther(ada, "bob/#")}},
		{CodeFilterOutside, "subscribed to what the session may not read; granted, nothing comes", []Draft{
			FilterNoPrefix(ada, "data/#"), FilterWrongCase(ada, "Ada/#"), FilterClassCase("Class/#"),
			FilterOtherCase("Bob/public/#"), FilterLeadingSlash(ada, "/ada/#"), FilterSpace(ada, "ada /#"),
			FilterPlaceholder(ada, "insert unique session here/#"), FilterSys(ada, "$SYS/#")}},
		{CodeFilterMalformed, "subscribed to a filter against MQTT's rules; refused (128)", []Draft{
			FilterMalformed(ada, "ada#"), FilterMalformed(ada, "ada/#/x"), FilterMalformed(ada, "$share/g"),
			FilterMalformed(ada, ""), FilterShared("$share/g/ada/#")}},

		{CodeNoUser, "logged in without a user name", []Draft{NoUser()}},
		{CodeNoPassword, "logged in without a password", []Draft{NoPassword(ada)}},
		{CodeWrongPassword, "logged in with a wrong password", []Draft{
			WrongPassword(ada), WrongPassword(session.Instructor)}},
		{CodeBadName, "user name that cannot be a session", []Draft{
			BadName("ada lovelace", session.ErrSpelling), BadName("ada-lovelace-of-the-analytical-engine", session.ErrLong)}},
		{CodeReservedName, "user name that is reserved", []Draft{BadName(session.Class, session.ErrReserved)}},
		{CodeNotInRoster, "user name that the class list does not have", []Draft{NotInRoster(ada)}},
		{CodeGuessing, "too many wrong passwords for one name from one address", []Draft{Guessing(ada, 2*time.Second)}},
		{CodeRenamed, "user name of a session that the instructor gave another one", []Draft{Renamed(ada, "lovelace")}},
		{CodeArchived, "user name of a session that was archived", []Draft{Archived(ada)}},
		{CodeMQTT5, "connected with MQTT 5", []Draft{MQTT5()}},
		{CodeProtocol, "connected with another protocol level", []Draft{ProtocolLevel(6)}},
		{CodeEmptyClientID, "no client id with clean session off", []Draft{EmptyClientID()}},
		{CodeWillOutside, "last will outside the own prefix", []Draft{
			WillOutside(ada, "status"), WillOther(ada, "bob/status"), WillOutside("", "status")}},
		{CodeUnavailable, "the broker could not keep the claim", []Draft{Unavailable(ada)}},
		{CodeLimit, "too many connections, sessions or the like", []Draft{Limit("connections", 5000)}},
		{CodeConnectRate, "an address that connects too often", []Draft{ConnectRate(50)}},
		{CodeSessionClients, "more connections than a session may have", []Draft{SessionClients(ada, 100)}},
		{CodeNotMQTT, "something else than MQTT on the MQTT port", []Draft{NotMQTT("HTTP"), NotMQTT("TLS"), NotMQTT("")}},
		{CodeNoConnect, "a connection that said nothing", []Draft{NoConnect(10)}},

		{CodeMalformed, "a packet against MQTT's rules; the connection is closed", []Draft{Malformed("esp32", "packet id 0")}},
		{CodeTooLarge, "a packet larger than the limit; the connection is closed", []Draft{TooLarge("esp32", 2000000, 1048576)}},
		{CodeKeepalive, "no sign of life within the keepalive; the connection is closed", []Draft{KeepaliveTimeout("esp32", 30)}},
		{CodeSameClientID, "boards with one client id that evict each other", []Draft{
			SameClientID("umqtt_client", "192.168.1.23", "192.168.1.40")}},
		{CodeSeveralAddresses, "one name in use at several addresses", []Draft{
			SeveralAddresses(ada, "192.168.1.23", "192.168.1.40")}},
		{CodeRateSlowed, "messages faster than the limit; they are read more slowly", []Draft{
			RateSlowed(870, 200, 2*time.Second), RateSlowed(0, 200, 0)}},
		{CodeDropped, "a subscriber that reads too slowly", []Draft{Dropped("esp32")}},
		{CodeCut, "a subscriber that reads too slowly for too long; the connection is closed", []Draft{
			Cut("esp32", true), Cut("esp32", false)}},
		{CodeQueueFull, "more messages waiting for an absent client than are kept", []Draft{QueueFull("esp32", 100000)}},
		{CodeTooLong, "topic or filter with too many bytes", []Draft{TooLong(ada, "ada/xxxxxxxx", 8)}},
		{CodeTooManySubs, "more subscriptions than a client may have; refused (128)", []Draft{TooManySubscriptions("esp32", 100)}},
		{CodeTooManyRetained, "more retained messages than are kept; delivered, not retained", []Draft{TooManyRetained("ada/state", 10000)}},
		{CodeUnfinishedPacket, "a packet that was begun and not finished; the connection is closed", []Draft{UnfinishedPacket("esp32")}},
		{CodePaused, "published while the instructor has paused the session; acknowledged, goes nowhere", []Draft{Paused(ada)}},
		{CodeDismissed, "the instructor ended the connection", []Draft{Dismissed("esp32")}},
		{CodeBrokerFault, "a fault of the broker; the connection is closed", []Draft{BrokerFault("esp32")}},

		{CodeBytesRepr, "payload is the text of Python bytes", []Draft{BytesRepr("mcu/v", []byte("b'5.02'"))}},
		{CodeDecimalComma, "payload has a decimal comma", []Draft{DecimalComma("mcu/v", []byte("5,02"))}},
		{CodeNaN, "a value is no number", []Draft{NaN("mcu/ina219", "current", "nan")}},
		{CodeUnitGuessed, "a value without a unit", []Draft{UnitGuessed("mcu/ina219", "current", "mA", 81.3)}},
		{CodeAlwaysZero, "a value that never was anything but 0", []Draft{AlwaysZero("mcu/ina219", "current")}},
		{CodePinned, "a value at the end of the sensor's range", []Draft{Pinned("mcu/ina219", "current", 3200, "mA")}},
		{CodeSwappedPins, "a current that is always negative", []Draft{SwappedPins("mcu/ina219", "current")}},
		{CodeBrokenJSON, "payload begins like JSON and does not parse", []Draft{
			BrokenJSON("mcu/ina219", []byte(`{"v": 5.02`)), BrokenJSON("mcu/ina219", []byte(`{'v': 5.02`)),
			BrokenJSON("mcu/ina219", []byte(`{"v": None`)), BrokenJSON("mcu/ina219", []byte(`{"v": 5.02,}`)),
			BrokenJSON("mcu/ina219", []byte(`{v: 5.02}`))}},

		{CodeUnknownSeries, "iot-plot: a row for a series that is not started", []Draft{
			UnknownSeries("data", "IV"), NothingToPlot("plot_series", "IV")}},
		{CodeWrongCount, "iot-plot: a row with too many or too few values", []Draft{WrongCount("data", "IV", 1, 2)}},
		{CodePlotFormat, "iot-plot: a payload of another form", []Draft{
			PlotFormat("new_series", []byte("IV"), `["IV", "Voltage [V]", "Current [mA]"]`)}},
		{CodePlotOptions, "iot-plot: a plot that was drawn otherwise than asked for", []Draft{
			PlotOptions("plot_series", "IV.pdf", "plot option figsize is [10000, 3] inches, 0.5 to 40 are allowed: drawn as 40 by 3")}},
		{CodePlotRefused, "iot-plot: a plot or file that was not made", []Draft{
			PlotRefused("plot_series", "the filename `../IV.pdf` leaves its folder: take out `..`"), PlotsWaiting("plot_series", 100)}},
		{CodeTooManySeries, "more series than a session may have", []Draft{TooManySeries("mcu/1001", 1000)}},
		{CodeTooManyColumns, "more columns than a series may have", []Draft{TooManyColumns("mcu/all", 64)}},
		{CodeTooManyTopics, "more topics than the page shows", []Draft{TooManyTopics(500)}},
		{CodeRecordingOff, "readings are not recorded", []Draft{RecordingOff(""), RecordingOff("The disk has 80 MB left.")}},
	}
}
