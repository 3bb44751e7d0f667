package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	sqlite "modernc.org/sqlite/lib"
)

// openFile opens the writer's connection, makes the tables of a new file and
// brings an older one up to date.
func openFile(path string, steps []step) (_ *db, err error) {
	version := len(steps) + 1
	d, err := dial(path, sqlite.SQLITE_OPEN_READWRITE|sqlite.SQLITE_OPEN_CREATE, "PRAGMA busy_timeout=5000; PRAGMA cache_size=-32000")
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.close())
		}
	}()
	got, err := d.number("PRAGMA user_version")
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	switch {
	case got == 0:
		err = create(d, steps)
	case int(got) > version:
		err = checkVersion(path, int(got), version)
	case int(got) < version:
		err = migrate(d, filepath.Dir(path), int(got), steps)
	}
	if err != nil {
		return nil, err
	}
	// FULL: each commit of rows waits for the disk. journal_size_limit cuts
	// the log after a checkpoint, so that its size tells what is in it.
	return d, d.script(`PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=4194304; PRAGMA temp_store=MEMORY;`)
}

// create runs before the file is in WAL mode: its header is whole or empty.
func create(d *db, steps []step) error {
	script := "PRAGMA page_size=8192; BEGIN IMMEDIATE;" + tables
	for _, s := range steps {
		script += string(s) + ";\n"
	}
	script += views() + fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d; COMMIT;", application, len(steps)+1)
	if err := d.script(script); err != nil {
		return fmt.Errorf("make the tables: %w", err)
	}
	return nil
}

// migrate keeps a copy beside the file, then changes the file in one
// transaction.
func migrate(d *db, dir string, from int, steps []step) error {
	backup := filepath.Join(dir, fmt.Sprintf("labbroker-v%d-backup.db", from))
	if err := os.Remove(backup); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("migrate: %w", err)
	}
	if err := d.exec("VACUUM INTO ?", backup); err != nil {
		return fmt.Errorf("migrate: keep a copy in %s: %w", backup, err)
	}
	script := "BEGIN IMMEDIATE;"
	for _, s := range steps[from-1:] {
		script += string(s) + ";\n"
	}
	script += views() + fmt.Sprintf("PRAGMA user_version=%d; COMMIT;", len(steps)+1)
	if err := d.script(script); err != nil {
		return errors.Join(fmt.Errorf("migrate from version %d: %w", from, err), d.script("ROLLBACK"))
	}
	if err := d.script("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}
