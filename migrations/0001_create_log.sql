-- The log: append-only tables that are the truth of a boot history. Everything else is derived from them.

CREATE TABLE event_kind (
  kind_id INTEGER PRIMARY KEY,
  kind    TEXT    NOT NULL,
  version INTEGER NOT NULL,
  fields  TEXT    NOT NULL, -- JSON: [{"name", "storage"}], in the order of the columns in a chunk
  sha256  BLOB    NOT NULL,
  UNIQUE (kind, version)
) STRICT;

CREATE TABLE boot (
  boot_id INTEGER PRIMARY KEY,
  name    TEXT NOT NULL,
  origin  TEXT NOT NULL -- import or simulation
) STRICT;

-- A boot without a row here is unfinished: whoever wrote it was stopped.
CREATE TABLE boot_end (
  boot_id  INTEGER PRIMARY KEY REFERENCES boot,
  last_seq INTEGER NOT NULL,
  sha256   BLOB    NOT NULL
) STRICT;

CREATE TABLE chunk (
  boot_id   INTEGER NOT NULL REFERENCES boot,
  first_seq INTEGER NOT NULL,
  last_seq  INTEGER NOT NULL,
  t_min_ns  INTEGER,
  t_max_ns  INTEGER,
  kinds     TEXT    NOT NULL, -- kinds present, separated by blanks
  payload   BLOB    NOT NULL,
  sha256    BLOB    NOT NULL, -- over the previous chunk's, this row and the descriptions of its kinds
  PRIMARY KEY (boot_id, first_seq)
) STRICT;

CREATE TABLE source (
  boot_id INTEGER NOT NULL REFERENCES boot,
  source  INTEGER NOT NULL,
  name    TEXT    NOT NULL,
  format  TEXT    NOT NULL,
  PRIMARY KEY (boot_id, source)
) STRICT;

CREATE TABLE source_block (
  boot_id    INTEGER NOT NULL,
  source     INTEGER NOT NULL,
  block      INTEGER NOT NULL,
  first_line INTEGER NOT NULL,
  line_count INTEGER NOT NULL,
  byte_count INTEGER NOT NULL,
  codec      TEXT    NOT NULL,
  payload    BLOB    NOT NULL,
  sha256     BLOB    NOT NULL,
  PRIMARY KEY (boot_id, source, block),
  FOREIGN KEY (boot_id, source) REFERENCES source
) STRICT;

CREATE TABLE source_end (
  boot_id    INTEGER NOT NULL,
  source     INTEGER NOT NULL,
  line_count INTEGER NOT NULL,
  byte_count INTEGER NOT NULL,
  content_id TEXT    NOT NULL, -- SHA-256 of the file, as sha256sum prints it
  PRIMARY KEY (boot_id, source),
  FOREIGN KEY (boot_id, source) REFERENCES source
) STRICT;

CREATE INDEX source_end_content_id ON source_end (content_id);

-- How far the tables for SQL follow the log. The one table here that may change: it can be made again.
CREATE TABLE derived_state (
  boot_id  INTEGER PRIMARY KEY,
  last_seq INTEGER NOT NULL,
  layout   TEXT    NOT NULL -- digest of the tables' definitions
) STRICT;

CREATE TRIGGER event_kind_refuses_update BEFORE UPDATE ON event_kind BEGIN SELECT raise(ABORT, 'event_kind is append-only'); END;
CREATE TRIGGER event_kind_refuses_delete BEFORE DELETE ON event_kind BEGIN SELECT raise(ABORT, 'event_kind is append-only'); END;
CREATE TRIGGER boot_refuses_update BEFORE UPDATE ON boot BEGIN SELECT raise(ABORT, 'boot is append-only'); END;
CREATE TRIGGER boot_refuses_delete BEFORE DELETE ON boot BEGIN SELECT raise(ABORT, 'boot is append-only'); END;
CREATE TRIGGER boot_end_refuses_update BEFORE UPDATE ON boot_end BEGIN SELECT raise(ABORT, 'boot_end is append-only'); END;
CREATE TRIGGER boot_end_refuses_delete BEFORE DELETE ON boot_end BEGIN SELECT raise(ABORT, 'boot_end is append-only'); END;
CREATE TRIGGER chunk_refuses_update BEFORE UPDATE ON chunk BEGIN SELECT raise(ABORT, 'chunk is append-only'); END;
CREATE TRIGGER chunk_refuses_delete BEFORE DELETE ON chunk BEGIN SELECT raise(ABORT, 'chunk is append-only'); END;
CREATE TRIGGER source_refuses_update BEFORE UPDATE ON source BEGIN SELECT raise(ABORT, 'source is append-only'); END;
CREATE TRIGGER source_refuses_delete BEFORE DELETE ON source BEGIN SELECT raise(ABORT, 'source is append-only'); END;
CREATE TRIGGER source_block_refuses_update BEFORE UPDATE ON source_block BEGIN SELECT raise(ABORT, 'source_block is append-only'); END;
CREATE TRIGGER source_block_refuses_delete BEFORE DELETE ON source_block BEGIN SELECT raise(ABORT, 'source_block is append-only'); END;
CREATE TRIGGER source_end_refuses_update BEFORE UPDATE ON source_end BEGIN SELECT raise(ABORT, 'source_end is append-only'); END;
CREATE TRIGGER source_end_refuses_delete BEFORE DELETE ON source_end BEGIN SELECT raise(ABORT, 'source_end is append-only'); END;

-- A chunk goes where the log of its boot ends, and nowhere else. This also stops INSERT OR REPLACE, which
-- would delete the old row without asking the triggers above; by a rowid given outright it could still delete
-- any row, so that is looked at as well (where none is given, it is -1 here).
CREATE TRIGGER chunk_goes_at_the_end BEFORE INSERT ON chunk
WHEN NEW.first_seq <> ifnull((SELECT last_seq FROM chunk WHERE boot_id = NEW.boot_id ORDER BY first_seq DESC LIMIT 1), 0) + 1
  OR NEW.last_seq < NEW.first_seq
  OR EXISTS (SELECT 1 FROM boot_end WHERE boot_id = NEW.boot_id)
  OR EXISTS (SELECT 1 FROM chunk WHERE rowid = NEW.rowid)
BEGIN SELECT raise(ABORT, 'chunk does not go at the end of an unfinished boot'); END;

CREATE TRIGGER source_block_goes_at_the_end BEFORE INSERT ON source_block
WHEN NEW.block <> ifnull((SELECT max(block) FROM source_block WHERE boot_id = NEW.boot_id AND source = NEW.source), 0) + 1
  OR EXISTS (SELECT 1 FROM source_end WHERE boot_id = NEW.boot_id AND source = NEW.source)
  OR EXISTS (SELECT 1 FROM source_block WHERE rowid = NEW.rowid)
BEGIN SELECT raise(ABORT, 'source_block does not go at the end of an unfinished source'); END;

CREATE TRIGGER event_kind_is_not_replaced BEFORE INSERT ON event_kind
WHEN EXISTS (SELECT 1 FROM event_kind WHERE kind_id = NEW.kind_id OR (kind = NEW.kind AND version = NEW.version))
BEGIN SELECT raise(ABORT, 'event_kind is append-only'); END;
CREATE TRIGGER boot_is_not_replaced BEFORE INSERT ON boot
WHEN EXISTS (SELECT 1 FROM boot WHERE boot_id = NEW.boot_id)
BEGIN SELECT raise(ABORT, 'boot is append-only'); END;
CREATE TRIGGER boot_end_is_not_replaced BEFORE INSERT ON boot_end
WHEN EXISTS (SELECT 1 FROM boot_end WHERE boot_id = NEW.boot_id)
BEGIN SELECT raise(ABORT, 'boot_end is append-only'); END;
CREATE TRIGGER source_is_not_replaced BEFORE INSERT ON source
WHEN EXISTS (SELECT 1 FROM source WHERE (boot_id = NEW.boot_id AND source = NEW.source) OR rowid = NEW.rowid)
BEGIN SELECT raise(ABORT, 'source is append-only'); END;
CREATE TRIGGER source_end_is_not_replaced BEFORE INSERT ON source_end
WHEN EXISTS (SELECT 1 FROM source_end WHERE (boot_id = NEW.boot_id AND source = NEW.source) OR rowid = NEW.rowid)
BEGIN SELECT raise(ABORT, 'source_end is append-only'); END;
