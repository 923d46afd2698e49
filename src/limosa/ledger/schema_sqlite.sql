-- name: create
-- All of Limosa's tables, beside the user's own; run once, under the runner lock.
CREATE TABLE limosa_target (
    name           TEXT PRIMARY KEY,
    identity       TEXT NOT NULL,
    run            INTEGER NOT NULL,
    version_schema TEXT,
    version_table  TEXT NOT NULL,
    touched        INTEGER NOT NULL DEFAULT 0,
    speaking       INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE limosa_run (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    target       TEXT NOT NULL,
    direction    TEXT NOT NULL,
    requested    TEXT NOT NULL,
    before       TEXT NOT NULL,
    after        TEXT,
    started_at   TEXT NOT NULL,
    finished_at  TEXT,
    outcome      TEXT,
    error        TEXT,
    actor        TEXT NOT NULL,
    host         TEXT NOT NULL,
    pid          INTEGER NOT NULL,
    tool         TEXT NOT NULL
);

CREATE TABLE limosa_source (
    digest TEXT PRIMARY KEY,
    path   TEXT NOT NULL,
    body   TEXT NOT NULL
);

CREATE TABLE limosa_entry (
    seq           INTEGER PRIMARY KEY AUTOINCREMENT,
    run           INTEGER,
    revision      TEXT,
    direction     TEXT,
    from_versions TEXT NOT NULL,
    to_versions   TEXT NOT NULL,
    started_at    TEXT,
    finished_at   TEXT NOT NULL,
    duration_s    REAL,
    outcome       TEXT NOT NULL,
    actor         TEXT NOT NULL,
    host          TEXT NOT NULL,
    pid           INTEGER,
    tool          TEXT NOT NULL,
    checksum      TEXT,
    source        TEXT REFERENCES limosa_source (digest),
    imported      TEXT REFERENCES limosa_source (digest),
    statements    INTEGER,
    "transaction" TEXT,
    error         TEXT
);

CREATE TABLE limosa_checkpoint (
    target    TEXT NOT NULL,
    revision  TEXT NOT NULL,
    direction TEXT NOT NULL,
    run       INTEGER NOT NULL,
    ordinal   INTEGER NOT NULL,
    digest    TEXT NOT NULL,
    intent    TEXT,
    PRIMARY KEY (target, revision, direction)
);

CREATE TABLE limosa_acceptance (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    revision    TEXT NOT NULL,
    applied     TEXT NOT NULL,
    on_disk     TEXT NOT NULL,
    source      TEXT REFERENCES limosa_source (digest),
    reason      TEXT NOT NULL,
    accepted_at TEXT NOT NULL,
    actor       TEXT NOT NULL,
    host        TEXT NOT NULL,
    pid         INTEGER NOT NULL,
    tool        TEXT NOT NULL
);

-- name: has_trigger
-- Does the version table tell us of its changes already?
SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = 'limosa_note_insert' AND tbl_name = :table;

-- name: trigger_insert
-- {table} is the quoted version table. SQLite knows no users: who did it is not to be known.
CREATE TRIGGER limosa_note_insert AFTER INSERT ON {table}
WHEN NOT EXISTS (SELECT 1 FROM limosa_target WHERE speaking > (SELECT coalesce(max(seq), 0) FROM limosa_entry)) BEGIN
    INSERT INTO limosa_entry (from_versions, to_versions, finished_at, outcome, actor, host, tool)
    VALUES ('', NEW.version_num, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'applied', 'unknown', 'local', 'alembic');
END;

-- name: trigger_update
-- The same for a version row that moves.
CREATE TRIGGER limosa_note_update AFTER UPDATE ON {table}
WHEN NOT EXISTS (SELECT 1 FROM limosa_target WHERE speaking > (SELECT coalesce(max(seq), 0) FROM limosa_entry)) BEGIN
    INSERT INTO limosa_entry (from_versions, to_versions, finished_at, outcome, actor, host, tool)
    VALUES (OLD.version_num, NEW.version_num, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'applied', 'unknown', 'local',
            'alembic');
END;

-- name: trigger_delete
-- The same for a version row that goes.
CREATE TRIGGER limosa_note_delete AFTER DELETE ON {table}
WHEN NOT EXISTS (SELECT 1 FROM limosa_target WHERE speaking > (SELECT coalesce(max(seq), 0) FROM limosa_entry)) BEGIN
    INSERT INTO limosa_entry (from_versions, to_versions, finished_at, outcome, actor, host, tool)
    VALUES (OLD.version_num, '', strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), 'applied', 'unknown', 'local', 'alembic');
END;

-- name: exists
-- Are our tables there?
SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'limosa_target';

-- name: speak
-- Touch the fence, and tell the triggers that Limosa itself writes the next entry; once it is there, they write again.
UPDATE limosa_target SET touched = touched + 1, speaking = (SELECT coalesce(max(seq), 0) + 1 FROM limosa_entry)
 WHERE name = :target AND run = :run AND identity = :identity;
