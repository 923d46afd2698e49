"""Trial rows for tables of every kind, in projects without models, and what a refusal means."""

from __future__ import annotations

from dataclasses import replace

import pytest

from limosa.engines.base import opened
from limosa.engines.inspection import inspection_of
from limosa.engines.registry import engine_for
from limosa.engines.sqlite.session import SQLiteSession
from limosa.model.limits import Limits
from limosa.run.verification.trial import trial_checks
from tests.fixtures.projects import MakeProject
from tests.fixtures.targets import Target
from tests.integration.verify.subject import Subject

MADE = "one row inserted, read back by"


@pytest.fixture
def on_sqlite(project: MakeProject, sqlite: Target) -> Subject:
    """A project without revisions and models, and an empty file."""
    sqlite.execute("VACUUM")
    return Subject(project(url=sqlite.url, folder="on_sqlite").root, sqlite)


@pytest.fixture
def on_postgresql(project: MakeProject, pg: Target) -> Subject:
    """A project without revisions and models, and an empty database."""
    return Subject(project(url=pg.url, folder="on_postgresql").root, pg)


def define(subject: Subject, script: str) -> None:
    """Run the statements of a script; an empty line ends each."""
    subject.target.execute(*script.strip().split("\n\n"))


def made(subject: Subject, *names: str) -> None:
    """See that a row could be made for each of these tables."""
    checks = subject.checks()
    said = {name: checks[f"insert and query {name}"].detail for name in names}
    assert [text for text in said.values() if not text.startswith(MADE)] == []
    assert all(check.passed for check in checks.values())


POSTGRESQL_TYPES = """
smallint int bigint real float8 numeric numeric(2,2) numeric(12,-2) money oid boolean text varchar
varchar(1) char(3) name uuid date time timetz timestamp timestamptz interval json jsonb jsonpath bytea inet
cidr macaddr macaddr8 bit(5) varbit(3) tsvector tsquery point line lseg box path polygon circle pg_lsn
regclass int4range tstzrange int4multirange int[] text[][] mood mood[] sku "char" other.shade
"""
SQLITE_TYPES = """
INTEGER BIGINT SMALLINT VARCHAR(1) VARCHAR(20) TEXT CLOB CHAR(32) DATE DATETIME TIME TIMESTAMP BOOLEAN
FLOAT REAL DOUBLE NUMERIC NUMERIC(2,2) DECIMAL(10,2) BLOB VARBINARY(4) JSON UUID nonsense
"""


def columns(types: str) -> str:
    """A NOT NULL column of each type."""
    return ", ".join(f"c{number} {type_} NOT NULL" for number, type_ in enumerate(types.split()))


def test_every_type_of_postgresql_gets_a_value(on_postgresql: Subject) -> None:
    """A NOT NULL column of each type is filled, domains, enums, arrays and ranges too."""
    define(
        on_postgresql,
        f"""
CREATE TYPE mood AS ENUM ('it''s fine', 'low')

CREATE SCHEMA other

CREATE TYPE other.shade AS ENUM ('grey')

CREATE DOMAIN sku AS varchar(12) CHECK (VALUE LIKE 'a%' AND length(VALUE) = 4) NOT NULL

CREATE TABLE every (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, {columns(POSTGRESQL_TYPES)},
    twice int GENERATED ALWAYS AS (c1 * 2) STORED)
""",
    )

    made(on_postgresql, "every")


def test_every_declared_type_of_sqlite_gets_a_value(on_sqlite: Subject) -> None:
    """A NOT NULL column of each word that SQLAlchemy declares is filled, in STRICT and keyed tables too."""
    define(
        on_sqlite,
        f"""
CREATE TABLE every (
    id INTEGER PRIMARY KEY AUTOINCREMENT, {columns(SQLITE_TYPES)},
    twice INTEGER AS (c0 * 2) STORED, bare NOT NULL)

CREATE TABLE exact (a TEXT NOT NULL, b INT, c REAL, d BLOB, e ANY, PRIMARY KEY (b, a)) STRICT

CREATE TABLE keyed (id INTEGER PRIMARY KEY, a TEXT) WITHOUT ROWID

CREATE VIRTUAL TABLE words USING fts5(body)
""",
    )

    made(on_sqlite, "every", "exact", "keyed")
    assert "insert and query words_data" not in on_sqlite.checks()


SOLVABLE = """
CREATE TABLE a (id INTEGER PRIMARY KEY, state VARCHAR(9) NOT NULL CHECK (state IN ('open', 'it''s shut')))

CREATE TABLE b (
    id INTEGER PRIMARY KEY, age INTEGER CHECK (age BETWEEN 18 AND 99),
    low INTEGER NOT NULL, high INTEGER NOT NULL,
    CONSTRAINT in_order CHECK (low < high), CHECK (low > 40))

CREATE TABLE c (id INTEGER PRIMARY KEY, code VARCHAR(20) NOT NULL, CHECK (length(code) = 7))

CREATE TABLE d (
    id INTEGER PRIMARY KEY, x INTEGER, y INTEGER,
    CHECK ((x IS NULL AND y IS NOT NULL) OR (x IS NOT NULL AND y IS NULL)))

CREATE TABLE e (
    id INTEGER PRIMARY KEY, starts TIMESTAMP NOT NULL, ends TIMESTAMP NOT NULL, CHECK (ends > starts))

CREATE TABLE f (id INTEGER PRIMARY KEY, mail VARCHAR(80) NOT NULL CHECK (mail LIKE '%_@_%._%'))

CREATE TABLE g (number INTEGER PRIMARY KEY, flag BOOLEAN NOT NULL, UNIQUE (flag))

CREATE TABLE h (one INTEGER NOT NULL, two VARCHAR(2) NOT NULL, PRIMARY KEY (one, two))

INSERT INTO g VALUES (1, true)

INSERT INTO h VALUES (1, 'aa'), (2, 'bb')
"""


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_values_meet_the_checks(engine: str, request: pytest.FixtureRequest) -> None:
    """Checks with lists, ranges, lengths, order and alternatives are met, and taken keys avoided."""
    subject: Subject = request.getfixturevalue(f"on_{engine}")
    define(subject, SOLVABLE)

    made(subject, *"abcdefgh")


RELATED = """
CREATE TABLE firm (id INTEGER PRIMARY KEY, name VARCHAR(9) NOT NULL UNIQUE)

CREATE TABLE place (
    firm INTEGER NOT NULL REFERENCES firm (id), number INTEGER NOT NULL, PRIMARY KEY (firm, number))

CREATE TABLE "Two Words" (
    id INTEGER PRIMARY KEY, firm INTEGER NOT NULL REFERENCES firm (id), number INTEGER NOT NULL,
    FOREIGN KEY (firm, number) REFERENCES place (firm, number))

CREATE TABLE staff (
    id INTEGER PRIMARY KEY, boss INTEGER REFERENCES staff (id),
    name VARCHAR(9) NOT NULL UNIQUE REFERENCES firm (name))

CREATE TABLE node (id INTEGER NOT NULL, root INTEGER NOT NULL REFERENCES node (id), PRIMARY KEY (id))
"""


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_references_are_made_first(engine: str, request: pytest.FixtureRequest) -> None:
    """Composite, shared, unique and self references lead to rows that are made before, and undone after."""
    subject: Subject = request.getfixturevalue(f"on_{engine}")
    define(subject, RELATED)

    made(subject, "firm", "place", "Two Words", "staff", "node")


CLOSED = """
CREATE TABLE closed (id INTEGER PRIMARY KEY)

CREATE TABLE child (id INTEGER PRIMARY KEY, of INTEGER NOT NULL REFERENCES closed (id))
"""
REFUSING = {
    "sqlite": """
CREATE TRIGGER no BEFORE INSERT ON closed WHEN NEW.id <> 7 BEGIN SELECT RAISE(ABORT, 'closed since May'); END
""",
    "postgresql": """
CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN RAISE insufficient_privilege USING MESSAGE = ''closed since May''; END'

CREATE TRIGGER no BEFORE INSERT ON closed FOR EACH ROW WHEN (NEW.id <> 7) EXECUTE FUNCTION no()
""",
}


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_a_trigger_that_refuses_is_quoted(engine: str, request: pytest.FixtureRequest) -> None:
    """A rule fails nothing and its message is shown; a child uses a row that is there, or says why."""
    subject: Subject = request.getfixturevalue(f"on_{engine}")
    define(subject, CLOSED + REFUSING[engine])

    checks = subject.checks()
    assert "by a rule of the table: closed since May" in checks["insert and query closed"].detail
    assert "it needs a row of 'closed': closed since May" in checks["insert and query child"].detail
    assert all(check.passed for check in checks.values())

    subject.target.execute("INSERT INTO closed VALUES (7)")
    assert subject.checks()["insert and query child"].detail.startswith(MADE)


def test_a_busy_file_is_waited_for_once(on_sqlite: Subject) -> None:
    """While another writes, each table's trial says so; only the first has waited for its turn."""
    define(on_sqlite, "CREATE TABLE a (id INTEGER PRIMARY KEY)\n\nCREATE TABLE b (id INTEGER PRIMARY KEY)")
    url, limits = on_sqlite.target.url, Limits(sqlite_busy_s=0.01)
    engine = engine_for(url)
    began: list[str] = []
    with on_sqlite.target.connect() as other, opened(engine, url, limits=limits, application="") as session:
        assert isinstance(session, SQLiteSession)
        other.execute("BEGIN IMMEDIATE")
        session.connection.set_trace_callback(began.append)
        inspection = inspection_of(engine, session)
        tables = inspection.tables()
        checks = list(trial_checks(inspection, tables, {name: name.name for name in tables}, limits=limits))

    assert [check.passed for check in checks] == [False, False]
    assert all("run 'limosa verify' again" in check.detail for check in checks)
    assert began.count("BEGIN IMMEDIATE") == 1


def test_a_trigger_that_ends_the_transaction_leaves_nothing(on_sqlite: Subject) -> None:
    """RAISE(ROLLBACK) ends the trial, not verify; what would follow is not committed by itself."""
    define(
        on_sqlite,
        """
CREATE TABLE a (id INTEGER PRIMARY KEY)

CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER NOT NULL REFERENCES a (id), word TEXT)

CREATE TRIGGER no BEFORE INSERT ON b WHEN NEW.word IS NOT NULL BEGIN SELECT RAISE(ROLLBACK, 'all of it'); END
""",
    )

    checks = on_sqlite.checks()

    assert "by a rule of the table: all of it" in checks["insert and query b"].detail
    assert checks["insert and query a"].detail.startswith(MADE)


ODD = "CREATE TABLE a (n INTEGER NOT NULL CONSTRAINT odd CHECK (n % 1000 = 777 AND n > 20000))"
RULES = f"""
{ODD}

CREATE TABLE b (flag boolean NOT NULL UNIQUE)

INSERT INTO b VALUES (true), (false)

CREATE TABLE c (id int, day date NOT NULL) PARTITION BY RANGE (day)

CREATE TABLE c_old PARTITION OF c FOR VALUES FROM ('1999-01-01') TO ('2000-01-01')

CREATE TABLE d (id int PRIMARY KEY)

CREATE FUNCTION hush() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'

CREATE TRIGGER hush BEFORE INSERT ON d FOR EACH ROW EXECUTE FUNCTION hush()

CREATE TYPE pair AS (a int, b int)

CREATE TABLE e (id int PRIMARY KEY, p pair NOT NULL)
"""


def test_rules_that_cannot_be_met_are_told(on_postgresql: Subject, on_sqlite: Subject) -> None:
    """A check, a full unique column, a missing partition and a silent trigger pass, with the reason."""
    define(on_postgresql, RULES)
    define(on_sqlite, ODD)
    checks = on_postgresql.checks()
    said = {name: checks[f"insert and query {name}"] for name in "abcde"}
    said["f"] = on_sqlite.checks()["insert and query a"]

    assert [check for check in said.values() if not check.passed] == []
    assert '"odd"' in said["a"].detail
    assert "b_flag_key" in said["b"].detail
    assert "no partition" in said["c"].detail
    assert "passed over" in said["d"].detail
    assert "column 'p' of type 'pair'" in said["e"].detail
    assert "odd" in said["f"].detail


def test_a_reference_that_cannot_be_resolved_fails(on_sqlite: Subject) -> None:
    """Keys are enforced during the trial: SQLite tells only then that a parent's columns are not unique."""
    define(
        on_sqlite,
        """
CREATE TABLE a (id INTEGER PRIMARY KEY, name TEXT)

CREATE TABLE b (id INTEGER PRIMARY KEY, a TEXT NOT NULL REFERENCES a (name))
""",
    )

    failing = on_sqlite.failing()

    assert failing.keys() == {"insert and query a", "insert and query b", "references"}
    assert all('foreign key mismatch - "b" referencing "a"' in detail for detail in failing.values())


def test_a_table_that_may_not_be_written_fails(on_postgresql: Subject) -> None:
    """What no rule of the schema explains is a failure: here the user lacks the right."""
    target = on_postgresql.target
    word = "" if target.url.password is None else target.url.password.reveal()
    role = f"{target.url.database}_reader"
    target.execute("CREATE TABLE a (id int PRIMARY KEY)", f"CREATE ROLE {role} LOGIN PASSWORD '{word}'")
    url = replace(target.url, username=role)
    try:
        report = Subject(on_postgresql.root, replace(target, url=url)).report()
    finally:
        target.execute(f"DROP ROLE {role}")

    failing = [check for check in report.checks if not check.passed]
    assert [check.name for check in failing] == ["insert and query a"]
    assert "permission denied for table a" in failing[0].detail


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_without_models_the_catalogue_is_told(engine: str, request: pytest.FixtureRequest) -> None:
    """Tables, indexes and constraints are told, and that there is nothing to compare them with."""
    subject: Subject = request.getfixturevalue(f"on_{engine}")
    define(subject, f"{RELATED}\nCREATE INDEX by_boss ON staff (boss)")

    checks = subject.checks()

    assert checks["revision"].detail == "the project has no revisions yet"
    assert "staff (3 columns)" in checks["schema"].detail
    assert "by_boss" in checks["indexes"].detail
    assert "5 primary keys, 2 unique constraints and 6 foreign keys" in checks["constraints"].detail
    assert checks["index in use staff.boss"].detail == "the planner can use by_boss"
    for name in ("schema", "indexes", "constraints"):
        assert "no models to compare with" in checks[name].detail
