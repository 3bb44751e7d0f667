package sqlite

import (
	"fmt"
	"strconv"
	"strings"
)

const (
	fileName = "labbroker.db"
	lockName = "labbroker.lock"
	// application is the file's application_id: "labb".
	application = 0x6c616262
	// wide is how many values of a row have a column of their own; further
	// ones stand in `more` as a JSON array.
	wide = 8
)

// A version's step changes the file from the one before; step i leads to
// version i+2. Version 1 is what tables creates.
type step string

// steps lead from version 1 to the present one.
var steps = []step{benchTables, journalMarks, controlTables}

// journalMarks came with version 3: the numbers of the journal that are in the
// history, as journal.Set writes them.
const journalMarks = `
ALTER TABLE state ADD COLUMN journal BLOB;
`

// benchTables came with version 2. key is the session without regard to case;
// named is 1 where somebody gave the run its name; columns are places as a
// JSON array, NULL = all.
const benchTables = `
ALTER TABLE columns ADD COLUMN title TEXT;
CREATE TABLE runs(
  id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, session TEXT NOT NULL, series INTEGER NOT NULL, series_name TEXT NOT NULL,
  kind TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, rows INTEGER NOT NULL, started INTEGER, ended INTEGER,
  name TEXT NOT NULL, note TEXT NOT NULL, shared INTEGER NOT NULL, area REAL NOT NULL, irradiance REAL NOT NULL,
  columns TEXT, named INTEGER NOT NULL DEFAULT 0);
CREATE INDEX runs_of ON runs(key, id);
CREATE INDEX runs_open ON runs(id) WHERE last = 0;
CREATE INDEX runs_shared ON runs(id) WHERE shared <> 0;
CREATE INDEX runs_declared ON runs(series, first) WHERE kind = 'series';
CREATE TABLE plots(
  id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, session TEXT NOT NULL, series INTEGER NOT NULL, series_name TEXT NOT NULL,
  kind TEXT NOT NULL, file TEXT NOT NULL, options TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, time INTEGER NOT NULL,
  message TEXT NOT NULL, columns TEXT, rollover INTEGER NOT NULL);
CREATE INDEX plots_of ON plots(key, id);
CREATE UNIQUE INDEX plots_file ON plots(key, file);
`

const valueColumns = "c0 REAL, c1 REAL, c2 REAL, c3 REAL, c4 REAL, c5 REAL, c6 REAL, c7 REAL, more TEXT"

// Times are Unix nanoseconds. flags is 1 where the device started again, else
// NULL; device is NULL where the device sent no time. Values are as sent.
const tables = `
CREATE TABLE series(
  id INTEGER PRIMARY KEY AUTOINCREMENT, session TEXT NOT NULL, key TEXT NOT NULL, name TEXT NOT NULL,
  v INTEGER, v_scale REAL, i INTEGER, i_scale REAL, p INTEGER, p_scale REAL,
  UNIQUE(key, name));
CREATE TABLE columns(
  series INTEGER, position INTEGER, name TEXT, quantity TEXT, unit TEXT, sent TEXT,
  factor REAL, guessed INTEGER, by_hand INTEGER,
  PRIMARY KEY(series, position)) WITHOUT ROWID;
CREATE TABLE rows(n INTEGER PRIMARY KEY, series INTEGER, seq INTEGER, time INTEGER, device INTEGER, flags INTEGER, ` + valueColumns + `);
CREATE INDEX restarts ON rows(series, seq) WHERE flags IS NOT NULL;
CREATE TABLE tail0(seq INTEGER PRIMARY KEY, series INTEGER, time INTEGER, device INTEGER, flags INTEGER, ` + valueColumns + `);
CREATE TABLE tail1(seq INTEGER PRIMARY KEY, series INTEGER, time INTEGER, device INTEGER, flags INTEGER, ` + valueColumns + `);
CREATE TABLE blocks(
  level INTEGER, series INTEGER, first INTEGER, last INTEGER, head INTEGER, tail INTEGER, rows INTEGER,
  start INTEGER, "end" INTEGER, arrived INTEGER, arrived_to INTEGER, device INTEGER, device_to INTEGER, stats BLOB,
  PRIMARY KEY(level, series, first)) WITHOUT ROWID;
CREATE TABLE deleted(series INTEGER PRIMARY KEY);
CREATE TABLE state(id INTEGER PRIMARY KEY CHECK(id = 1), seq INTEGER NOT NULL, active INTEGER NOT NULL);
CREATE TABLE folded(tail INTEGER PRIMARY KEY, series INTEGER NOT NULL, seq INTEGER NOT NULL);
INSERT INTO state VALUES(1, 0, 0);
INSERT INTO folded VALUES(0, 0, 0), (1, 0, 0);
`

// sources are the three places of rows, each joined to its series: FROM
// clauses with s for the series and r for the row. A tail's rows up to
// `folded` stand in rows already.
var sources = []string{
	`series s CROSS JOIN blocks b ON b.level = 0 AND b.series = s.id CROSS JOIN rows r ON r.n BETWEEN b.head AND b.tail`,
	`tail0 r CROSS JOIN series s ON s.id = r.series CROSS JOIN folded f ON f.tail = 0 AND (r.series, r.seq) > (f.series, f.seq)`,
	`tail1 r CROSS JOIN series s ON s.id = r.series CROSS JOIN folded f ON f.tail = 1 AND (r.series, r.seq) > (f.series, f.seq)`,
}

func union(query string) string {
	parts := make([]string, len(sources))
	for i, s := range sources {
		parts[i] = strings.ReplaceAll(query, "$source", s)
	}
	return strings.Join(parts, "\nUNION ALL\n")
}

// pick is the SQL for the value at a position that stands in a column.
func pick(position string) string {
	var b strings.Builder
	b.WriteString("CASE " + position)
	for i := range wide {
		fmt.Fprintf(&b, " WHEN %d THEN r.c%d", i, i)
	}
	return b.String() + " ELSE json_extract(r.more, '$[' || (" + position + " - " + strconv.Itoa(wide) + ") || ']') END"
}

func isoTime(column string) string {
	return fmt.Sprintf("strftime('%%Y-%%m-%%dT%%H:%%M:%%S', %s / 1000000000, 'unixepoch') || printf('.%%03dZ', %s / 1000000 %% 1000)", column, column)
}

// views are made again at every change of version.
func views() string {
	return `
DROP VIEW IF EXISTS readings;
DROP VIEW IF EXISTS numbers;
CREATE VIEW readings AS
` + union(`SELECT r.seq AS seq, s.session AS session, s.name AS series, `+isoTime("r.time")+` AS time,
  CASE WHEN r.device IS NOT NULL THEN `+isoTime("r.device")+` END AS device_time,
  (`+pick("s.v")+`) * s.v_scale AS voltage_V, (`+pick("s.i")+`) * s.i_scale AS current_mA, (`+pick("s.p")+`) * s.p_scale AS power_mW
FROM $source WHERE coalesce(s.v, s.i, s.p) IS NOT NULL`) + `;
CREATE VIEW numbers AS
SELECT * FROM (` + union(`SELECT r.seq AS seq, s.session AS session, s.name AS series, `+isoTime("r.time")+` AS time,
  c.name AS column, c.quantity AS quantity, c.unit AS unit, (`+pick("c.position")+`) * coalesce(nullif(c.factor, 0), 1) AS value
FROM $source CROSS JOIN columns c ON c.series = s.id`) + `) WHERE value IS NOT NULL;
`
}
