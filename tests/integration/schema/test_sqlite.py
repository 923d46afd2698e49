"""SQLite's schema as one value: the same for every way to write it, another for every other meaning."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from hypothesis import given
from hypothesis import strategies as st

from limosa.engines.sqlite.engine import SQLite
from limosa.engines.sqlite.session import SQLiteSession
from limosa.engines.sqlite.tokens import texts
from limosa.model.schema import Schema
from limosa.model.session import VersionTable
from tests.fixtures.targets import Target, sqlite_target
from tests.integration.schema.reading import schema_of, session_of

COLUMNS = "CREATE TABLE parent (id INTEGER PRIMARY KEY, code TEXT); CREATE TABLE t (a INT, b INT, c INT"
TABLE = "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT)"
PARENT = "CREATE TABLE parent (id INTEGER PRIMARY KEY, code TEXT)"
ALIKE = (
    (
        "CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(20) NOT NULL)",
        "create table t(id integer not null,a varchar( 20 )not null,primary key(id))",
        'CREATE TABLE "t" ([id] INTEGER, `a` "VARCHAR" (20) CONSTRAINT c NOT NULL, PRIMARY KEY ("ID" ASC))',
        "CREATE TABLE t (a VARCHAR(20) NOT NULL, id INTEGER PRIMARY KEY)",
        "CREATE TABLE s (id INTEGER PRIMARY KEY, a VARCHAR(20) NOT NULL); ALTER TABLE s RENAME TO t",
        "CREATE TABLE t (a VARCHAR(20) NOT NULL, id INTEGER PRIMARY KEY, b INT); ALTER TABLE t DROP COLUMN b",
        "CREATE TABLE t (id /* the key */ INTEGER PRIMARY KEY, -- (first)\n a VARCHAR(20) NOT NULL)",
    ),
    (
        f"{PARENT}; CREATE TABLE t (a INT REFERENCES parent, b INT UNIQUE, c INT CHECK (c > 0))",
        f"{COLUMNS}, FOREIGN KEY (a) REFERENCES Parent, UNIQUE (b), CHECK ((C > 0)))",
        f"{COLUMNS}, CHECK ([c]>0) FOREIGN KEY (a) REFERENCES [parent]('id') UNIQUE (b))",
        f"""{PARENT}; CREATE TABLE t (a INT REFERENCES parent (id) ON DELETE NO ACTION NOT DEFERRABLE, b INT,
            c INT, UNIQUE (b), CHECK (c > 0))""",
    ),
    (
        "CREATE TABLE t (a DEFAULT 'x', b DEFAULT CURRENT_TIMESTAMP, c DEFAULT -1, d DEFAULT TRUE)",
        "CREATE TABLE t (a DEFAULT ('x'), b DEFAULT (current_timestamp), c DEFAULT (-1), d DEFAULT true)",
        'CREATE TABLE t (a DEFAULT "x", b DEFAULT Current_Timestamp, c DEFAULT - 1, d DEFAULT (True))',
        "CREATE TABLE t (a DEFAULT x, b DEFAULT CURRENT_TIMESTAMP, c DEFAULT -1, d DEFAULT TRUE)",
    ),
    (
        'CREATE TABLE t (a, "order" INT); CREATE INDEX i ON t (a, lower("order")) WHERE "order" > 3',
        'CREATE TABLE t (a, [order] INT); create index i on T ("a" ASC, LOWER([order])) where ([ORDER]>3)',
    ),
    (
        "CREATE TABLE t (a INT); CREATE VIEW v AS SELECT a, count(*) AS n FROM t WHERE a != 3 GROUP BY a",
        """CREATE TABLE t (a INT);
        create view "v" as select A, COUNT( * ) as "n" from "t" where a <> 3 group by a""",
    ),
    (
        "CREATE TABLE t (a INT); CREATE TRIGGER g AFTER INSERT ON t BEGIN UPDATE t SET a = 1; END",
        "CREATE TABLE t (a INT); create trigger if not exists g after insert on t begin update T set A=1;end",
    ),
    (
        "CREATE TABLE t (a INT, b INT GENERATED ALWAYS AS (a * 2) STORED, c INT AS (a))",
        "CREATE TABLE t (a INT, b INT AS ((a*2)) STORED, c INT GENERATED ALWAYS AS (a) VIRTUAL)",
    ),
    (
        "CREATE TABLE t (a INT NOT NULL, b INT, PRIMARY KEY (a)) STRICT, WITHOUT ROWID",
        "CREATE TABLE t (a INT PRIMARY KEY, b INT) without rowid, strict",
    ),
    (
        "CREATE TABLE t (a INT)",
        """CREATE TABLE t (a INT); INSERT INTO t VALUES (1); ANALYZE;
        CREATE TABLE limosa_run (a INT); CREATE TABLE alembic_version (v TEXT)""",
    ),
)
"""Groups of scripts that make the same schema."""
DIFFERENT = (
    TABLE,
    "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a TEXT, b INT)",
    "CREATE TABLE t (id INT PRIMARY KEY, a TEXT, b INT)",
    "CREATE TABLE t (id INT NOT NULL PRIMARY KEY, a TEXT, b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY DESC, a TEXT, b INT)",
    "CREATE TABLE t (id INTEGER, a TEXT, b INT, PRIMARY KEY (id, b))",
    "CREATE TABLE t (id INTEGER, a TEXT, b INT, PRIMARY KEY (b, id))",
    "CREATE TABLE t (id INTEGER, a TEXT, b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT) STRICT",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT) WITHOUT ROWID",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(3), b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a VARCHAR(4), b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL ON CONFLICT IGNORE, b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT COLLATE NOCASE, b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'x', b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'X', b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT CURRENT_DATE, b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 'CURRENT_DATE', b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT NULL, b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT '', b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT 1, b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT '1', b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT -1, b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE, b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT, CONSTRAINT u UNIQUE (a))",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT, UNIQUE (a, b))",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT, UNIQUE (b, a))",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT, UNIQUE (a) ON CONFLICT REPLACE)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT, UNIQUE (a COLLATE NOCASE))",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT CHECK (b > 0))",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT CHECK (b >= 0))",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT, CONSTRAINT c CHECK (b > 0))",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT CHECK (a IN ('x', 'y')), b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT CHECK (a IN ('X', 'y')), b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT CHECK (a IN ('x,', 'y')), b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT CHECK (a = 'b'), b INT)",
    'CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT CHECK (a = "b"), b INT)',
    'CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT CHECK (a = "X"), b INT)',
    'CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT CHECK (a = "x"), b INT)',
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT CHECK ((a = 1) OR (b = 2 AND a = 3)), b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT CHECK ((a = 1 OR b = 2) AND (a = 3)), b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT REFERENCES p, b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT REFERENCES q, b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT REFERENCES p ON DELETE CASCADE, b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT REFERENCES p ON DELETE SET NULL, b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT REFERENCES p ON UPDATE CASCADE, b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT REFERENCES p DEFERRABLE INITIALLY DEFERRED, b INT)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT, CONSTRAINT f FOREIGN KEY (a) REFERENCES p)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT REFERENCES p)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT AS (id) STORED)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT AS (id) VIRTUAL)",
    "CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT AS (id + 1) VIRTUAL)",
    f"{TABLE}; CREATE INDEX i ON t (a)",
    f"{TABLE}; CREATE INDEX j ON t (a)",
    f"{TABLE}; CREATE UNIQUE INDEX i ON t (a)",
    f"{TABLE}; CREATE INDEX i ON t (a DESC)",
    f"{TABLE}; CREATE INDEX i ON t (a, b)",
    f"{TABLE}; CREATE INDEX i ON t (b, a)",
    f"{TABLE}; CREATE INDEX i ON t (a) WHERE b > 0",
    f"{TABLE}; CREATE INDEX i ON t (lower(a))",
    f"{TABLE}; CREATE INDEX i ON t (a COLLATE NOCASE)",
    f"{TABLE}; CREATE VIEW v AS SELECT a FROM t",
    f"{TABLE}; CREATE VIEW v AS SELECT b FROM t",
    f"{TABLE}; CREATE VIEW v (x) AS SELECT b FROM t",
    f"{TABLE}; CREATE VIEW v AS SELECT 'B' FROM t",
    f"{TABLE}; CREATE VIEW v AS SELECT 'b' FROM t",
    f"{TABLE}; CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END",
    f"{TABLE}; CREATE TRIGGER g AFTER INSERT ON t WHEN NEW.b > 0 BEGIN SELECT 1; END",
    f"{TABLE}; CREATE VIRTUAL TABLE f USING fts5(a)",
    f"{TABLE}; CREATE VIRTUAL TABLE f USING fts5(a, tokenize = porter)",
    "CREATE TABLE u (id INTEGER PRIMARY KEY, a TEXT, b INT)",
    'CREATE TABLE t ("current_date" TEXT, b TEXT CHECK (b > "current_date"))',
    'CREATE TABLE t ("current_date" TEXT, b TEXT CHECK (b > current_date))',
    'CREATE TABLE "t.id" (x); CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT, b INT)',
)
"""Scripts of which no two make the same schema."""


def made(folder: Path, script: str) -> Schema:
    """Run a script on a new file and read its schema."""
    target = sqlite_target(folder)
    target.path.unlink(missing_ok=True)
    with target.connect() as connection:
        connection.executescript(script)
    return schema_of(target)


@pytest.mark.parametrize("scripts", ALIKE, ids=range(len(ALIKE)))
def test_the_way_to_a_schema_does_not_show(scripts: tuple[str, ...], tmp_path: Path) -> None:
    """Quotes, layout, case, and where a constraint stands: the meaning is the same, and so is the value."""
    first, *others = (made(tmp_path, script) for script in scripts)
    for other in others:
        assert first.difference(other) == ()
        assert first == other


def test_every_difference_shows(tmp_path: Path) -> None:
    """No two of the scripts mean the same, so no two give the same fingerprint."""
    found: dict[str, str] = {}
    for script in DIFFERENT:
        fingerprint = made(tmp_path, script).fingerprint
        assert fingerprint not in found, (script, found[fingerprint])
        found[fingerprint] = script


def test_the_quick_hash_shows_every_change(sqlite: Target) -> None:
    """A statement of schema changes the hash of the catalogue, and a row does not."""
    sqlite.execute(TABLE)
    engine = SQLite()
    with session_of(sqlite) as session:
        found = [engine.catalogue(session)]
        sqlite.execute("INSERT INTO t (a) VALUES (1)", "VACUUM")
        assert engine.catalogue(session) == found[0]
        for statement in ("CREATE INDEX i ON t (a)", "ALTER TABLE t ADD COLUMN c INT", "DROP INDEX i"):
            sqlite.execute(statement)
            found.append(engine.catalogue(session))
    assert len({*found}) == len(found)


def _models(length: int) -> sa.MetaData:
    metadata = sa.MetaData()
    sa.Table("parent", metadata, sa.Column("id", sa.Integer, primary_key=True))
    sa.Table(
        "child",
        metadata,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column(
            "parent_id", sa.ForeignKey("parent.id", ondelete="CASCADE", name="fk_parent"), nullable=False
        ),
        sa.Column("kind", sa.String(length), server_default="it's", index=True),
        sa.Column("made", sa.DateTime, server_default=sa.func.current_timestamp()),
        sa.Column("is_on", sa.Boolean(create_constraint=True, name="on_or_off"), server_default=sa.true()),
        sa.UniqueConstraint("kind", "made", name="uq_kind"),
        sa.CheckConstraint("id > 0", name="ck_id"),
        sa.CheckConstraint("kind IN ('a', 'B') OR kind IS NULL", name="ck_kind"),
    )
    return metadata


def test_a_rebuilt_table_is_the_created_one(tmp_path: Path) -> None:
    """Alembic's batch mode copies a table into a new one; the schema is as if it had been made so."""
    schemas = []
    for folder, length in (("rebuilt", 20), ("created", 30)):
        (tmp_path / folder).mkdir()
        target = sqlite_target(tmp_path / folder)
        engine = sa.create_engine(target.url.reveal())
        with engine.begin() as connection:
            _models(length).create_all(connection)
            if folder == "rebuilt":
                operations = Operations(MigrationContext.configure(connection))
                with operations.batch_alter_table("child", recreate="always") as batch:
                    batch.alter_column("kind", type_=sa.String(30))
        engine.dispose()
        schemas.append(schema_of(target))
    assert schemas[0].difference(schemas[1]) == ()


def test_only_the_named_version_table_is_left_out(sqlite: Target) -> None:
    """The version table is the one that the project names."""
    sqlite.execute("CREATE TABLE alembic_version (v TEXT)", "CREATE TABLE Mine (v TEXT)")
    assert {item.name for item in schema_of(sqlite).objects if item.kind == "table"} == {"Mine"}
    named = schema_of(sqlite, VersionTable("mine"))
    assert {item.name for item in named.objects if item.kind == "table"} == {"alembic_version"}


_LAYOUT = st.sampled_from([" ", "  ", "\n", "\t", " /* , ( */ ", " -- ')\n"])


@given(script=st.sampled_from([s for s in DIFFERENT if "VIRTUAL" not in s and ";" not in s]), data=st.data())
def test_layout_never_shows(script: str, data: st.DataObject) -> None:
    """Whatever blanks and comments stand between the words, SQLite and we read the same."""
    other = "".join(word + data.draw(_LAYOUT) for word in texts(script))
    schemas = []
    for text in (script, other):
        connection = sqlite3.connect(":memory:", isolation_level=None)
        connection.executescript(text)
        schemas.append(SQLite().schema(SQLiteSession(connection)))
        connection.close()
    assert schemas[0] == schemas[1]
