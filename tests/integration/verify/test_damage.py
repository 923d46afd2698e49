"""A database at head passes every check; each damage fails the checks that look for it, and no other."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from limosa.config import load
from limosa.errors import AccessDenied, Unreachable
from limosa.migrator import Migrator
from limosa.model.limits import Limits
from tests.fixtures.servers import NEWEST, Servers
from tests.fixtures.targets import Target, postgresql_target, sqlite_target
from tests.integration.cli.shell import Shell
from tests.integration.verify.subject import Subject

SYSTEM = Path(__file__).parents[3] / "systems" / "doc_extractor"
KEY = "hash_index_document_id_fkey"
ROWS = (
    """INSERT INTO documents (id, file_name, file_size_bytes, file_hash, file_type, ingestion_source)
    VALUES (-1, 'a.txt', 1, 'aa', 'text', 'here'), (-2, 'b.txt', 1, 'bb', 'text', 'here')""",
    "INSERT INTO hash_index (id, file_hash, document_id) VALUES (-1, 'aa', -1)",
    "INSERT INTO audit_log (id, document_id, action) VALUES (-1, -1, 'ingest')",
    "INSERT INTO error_log (id, file_name, error_type, error_message) VALUES (-1, 'c', 'd', 'e')",
)
CHECKS = {
    "revision",
    *(f"schema {t}" for t in ("documents", "hash_index", "audit_log", "error_log")),
    "indexes",
    "constraints",
    *(f"insert and query {t}" for t in ("documents", "hash_index", "audit_log", "error_log")),
    *(
        f"index in use {column}"
        for column in (
            "documents.file_hash", "documents.file_type", "documents.ingestion_timestamp",
            "hash_index.file_hash", "audit_log.document_id", "audit_log.action_timestamp",
            "error_log.error_timestamp",
        )
    ),
}  # fmt: skip
OWN_CHECKS = {"sqlite": {"integrity", "references"}, "postgresql": {"validity"}}


@pytest.fixture(scope="module")
def sqlite_at_head(tmp_path_factory: pytest.TempPathFactory) -> Target:
    """A file at head with a row in each table, to be copied."""
    made = sqlite_target(tmp_path_factory.mktemp("head"))
    Migrator(project=SYSTEM, url=made.url.reveal()).upgrade()
    made.execute(*ROWS)
    return made


@pytest.fixture(scope="module")
def pg_at_head(servers: Servers) -> Iterator[Target]:
    """A database at head with a row in each table, to be copied."""
    with postgresql_target(servers.of(NEWEST)) as made:
        Migrator(project=SYSTEM, url=made.url.reveal()).upgrade()
        # where the statistics tell how small a table is, the planner would rather read it whole
        made.execute(*ROWS, "ANALYZE")
        yield made


@pytest.fixture
def on_sqlite(sqlite: Target, sqlite_at_head: Target) -> Subject:
    """A copy of the file."""
    shutil.copy(sqlite_at_head.path, sqlite.path)
    return Subject(SYSTEM, sqlite)


@pytest.fixture
def on_postgresql(servers: Servers, pg_at_head: Target) -> Iterator[Subject]:
    """A copy of the database."""
    with servers.of(NEWEST).database(template=pg_at_head.url.database) as url:
        yield Subject(SYSTEM, Target("postgresql", "postgresql", url.with_driver("psycopg")))


@pytest.fixture(params=["on_sqlite", "on_postgresql"])
def subject(request: pytest.FixtureRequest) -> Subject:
    """The system at head, on each engine."""
    made: Subject = request.getfixturevalue(request.param)
    return made


def test_at_head_everything_passes(subject: Subject) -> None:
    """Every check is made and passes, and each line says something."""
    checks = subject.checks()

    assert checks.keys() == CHECKS | OWN_CHECKS[subject.target.engine]
    assert [check for check in checks.values() if not check.passed or not check.detail] == []
    assert "14 columns" in checks["schema documents"].detail
    assert "hash_index.document_id -> documents.id ON DELETE CASCADE" in checks["constraints"].detail
    assert "file_hash" in checks["index in use documents.file_hash"].detail or (
        "sqlite_autoindex_documents" in checks["index in use documents.file_hash"].detail
    )


@dataclass(frozen=True)
class Damage:
    """What is done to a database, which checks must fail, and a word each of them must say."""

    name: str
    fails: dict[str, str]
    sqlite: tuple[str, ...] = ()
    postgresql: tuple[str, ...] = ()

    def on(self, engine: str) -> tuple[str, ...]:
        """The statements for an engine; none where it cannot be damaged so."""
        return self.sqlite if engine == "sqlite" else self.postgresql


def rewritten(table: str, before: str, after: str) -> tuple[str, ...]:
    """Change a table of SQLite where ALTER TABLE cannot; the new version number makes sessions read it."""
    return (
        f"UPDATE sqlite_master SET sql = replace(sql, '{before}', '{after}') WHERE name = '{table}'",
        "PRAGMA schema_version = 4711",
    )


DAMAGE = (
    Damage(
        "an index is dropped",
        {"indexes": "ix_documents_file_type", "index in use documents.file_type": "cannot use"},
        ("DROP INDEX ix_documents_file_type",),
        ("DROP INDEX ix_documents_file_type",),
    ),
    Damage(
        "an index is of another column",
        {"indexes": "ix_documents_file_type", "index in use documents.file_type": "cannot use"},
        ("DROP INDEX ix_documents_file_type", "CREATE INDEX ix_documents_file_type ON documents (file_name)"),
        ("DROP INDEX ix_documents_file_type", "CREATE INDEX ix_documents_file_type ON documents (file_name)"),
    ),
    Damage(
        "a column is dropped",
        {"schema documents": "'error_message'"},
        ("ALTER TABLE documents DROP COLUMN error_message",),
        ("ALTER TABLE documents DROP COLUMN error_message",),
    ),
    Damage(
        "a column is added",
        {"schema error_log": "'spare'"},
        ("ALTER TABLE error_log ADD COLUMN spare INTEGER",),
        ("ALTER TABLE error_log ADD COLUMN spare INTEGER",),
    ),
    Damage(
        "a type is altered",
        {"schema documents": "VARCHAR(50)"},
        rewritten("documents", "file_type VARCHAR(50)", "file_type VARCHAR(40)"),
        ("ALTER TABLE documents ALTER COLUMN file_type TYPE varchar(40)",),
    ),
    Damage(
        "a column takes NULL",
        {"schema documents": "takes NULL"},
        rewritten("documents", "file_type VARCHAR(50) NOT NULL", "file_type VARCHAR(50)"),
        ("ALTER TABLE documents ALTER COLUMN file_type DROP NOT NULL",),
    ),
    Damage(
        "a foreign key is dropped",
        {"constraints": "hash_index.document_id -> documents.id ON DELETE CASCADE"},
        rewritten(
            "hash_index",
            f"CONSTRAINT {KEY} FOREIGN KEY(document_id) REFERENCES documents (id) ON DELETE CASCADE",
            "CHECK (1)",
        ),
        ("ALTER TABLE hash_index DROP CONSTRAINT hash_index_document_id_fkey",),
    ),
    Damage(
        "a foreign key lost its action",
        {"constraints": "ON DELETE CASCADE"},
        rewritten("hash_index", "ON DELETE CASCADE", ""),
        (
            "ALTER TABLE hash_index DROP CONSTRAINT hash_index_document_id_fkey",
            f"ALTER TABLE hash_index ADD CONSTRAINT {KEY} FOREIGN KEY (document_id) REFERENCES documents",
        ),
    ),
    Damage(
        "a unique constraint is dropped",
        {"constraints": "documents_file_hash_key", "index in use documents.file_hash": "cannot use"},
        (),
        ("ALTER TABLE documents DROP CONSTRAINT documents_file_hash_key",),
    ),
    Damage(
        "a primary key is dropped",
        {"constraints": "primary key of 'error_log'"},
        (),
        ("ALTER TABLE error_log DROP CONSTRAINT error_log_pkey",),
    ),
    Damage(
        "an index is INVALID",
        {
            "indexes": "'ix_documents_file_type' of 'documents' is INVALID",
            "validity": "'ix_documents_file_type' on public.documents is INVALID",
            "index in use documents.file_type": "cannot use",
        },
        (),
        ("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'ix_documents_file_type'::regclass",),
    ),
    Damage(
        "a constraint is NOT VALID",
        {"constraints": "'hash_index_document_id_fkey' of 'hash_index' is NOT VALID", "validity": "VALIDATE"},
        (),
        (
            "ALTER TABLE hash_index DROP CONSTRAINT hash_index_document_id_fkey",
            f"""ALTER TABLE hash_index ADD CONSTRAINT {KEY}
            FOREIGN KEY (document_id) REFERENCES documents ON DELETE CASCADE NOT VALID""",
        ),
    ),
    Damage(
        "there is another table",
        {"schema spare": "not in the models"},
        (
            "CREATE TABLE spare (id INTEGER PRIMARY KEY, word TEXT UNIQUE)",
            "CREATE INDEX ix_spare ON spare (word)",
        ),
        (
            "CREATE TABLE spare (id INTEGER PRIMARY KEY, word TEXT UNIQUE)",
            "CREATE INDEX ix_spare ON spare (word)",
        ),
    ),
    Damage(
        "a table is gone",
        {
            "schema error_log": "the table is missing",
            "indexes": "ix_error_log_error_timestamp",
            "constraints": "'error_log' has none",
            "insert and query error_log": "missing",
            "index in use error_log.error_timestamp": "missing",
        },
        ("DROP TABLE error_log",),
        ("DROP TABLE error_log",),
    ),
    Damage(
        "a trigger is broken",
        {"insert and query hash_index": "no_such"},
        ("CREATE TRIGGER broken BEFORE INSERT ON hash_index BEGIN INSERT INTO no_such VALUES (1); END",),
        (
            """CREATE FUNCTION broken() RETURNS trigger LANGUAGE plpgsql
            AS 'BEGIN NEW.no_such := 1; RETURN NEW; END'""",
            "CREATE TRIGGER broken BEFORE INSERT ON hash_index FOR EACH ROW EXECUTE FUNCTION broken()",
        ),
    ),
    Damage(
        "a reference leads nowhere",
        {"references": "1 rows of 'hash_index' refer to rows of 'documents' that are not there"},
        ("INSERT INTO hash_index (file_hash, document_id) VALUES ('cc', 999)",),
    ),
    Damage(
        "a row is against its table",
        {"integrity": "NULL value in error_log.error_type"},
        (
            *rewritten("error_log", "error_type VARCHAR(100) NOT NULL", "error_type VARCHAR(100)"),
            "UPDATE error_log SET error_type = NULL",
            *rewritten("error_log", "error_type VARCHAR(100)", "error_type VARCHAR(100) NOT NULL"),
        ),
    ),
    Damage(
        "the revision is not on disk",
        {"revision": "zzz"},
        ("UPDATE alembic_version SET version_num = 'zzz'",),
        ("UPDATE limosa.alembic_version SET version_num = 'zzz'",),
    ),
)
CASES = [(d, engine) for d in DAMAGE for engine in ("sqlite", "postgresql") if d.on(engine)]


@pytest.mark.parametrize(("damage", "engine"), CASES, ids=[f"{d.name}-{e}" for d, e in CASES])
def test_damage_fails_the_checks_that_look_for_it(
    damage: Damage, engine: str, request: pytest.FixtureRequest
) -> None:
    """No more checks fail than those, and each names what it found."""
    subject: Subject = request.getfixturevalue(f"on_{engine}")
    inflict(damage.on(engine), subject.target)

    failing = subject.failing()

    assert failing.keys() == damage.fails.keys(), failing
    for name, word in damage.fails.items():
        assert word in failing[name], name


def inflict(statements: tuple[str, ...], target: Target) -> None:
    """Run the statements, each seen by the next as a new session would see it."""
    for statement in statements:
        with target.connect() as connection:
            if target.engine == "sqlite":
                connection.execute("PRAGMA writable_schema = ON")
            assert connection.execute(statement).rowcount != 0, f"nothing was damaged: {statement}"


def test_an_index_that_was_never_finished_is_named(on_postgresql: Subject) -> None:
    """What a failed CREATE INDEX CONCURRENTLY leaves is an INVALID index, and not one of the models'."""
    with pytest.raises(Exception, match="could not create unique index"):
        on_postgresql.target.execute("CREATE UNIQUE INDEX CONCURRENTLY half ON documents (file_type)")

    failing = on_postgresql.failing()

    assert failing.keys() == {"indexes", "validity"}
    assert "'half'" in failing["indexes"]


def test_behind_head_says_what_is_pending(subject: Subject) -> None:
    """Below head the revision fails, and what the pending ones change; at base nothing passes."""
    migrator = Migrator(project=SYSTEM, url=subject.target.url.reveal())
    migrator.downgrade("005")
    assert subject.failing().keys() == {"revision", "indexes"}
    assert "pending: 006, 007" in subject.failing()["revision"]

    migrator.downgrade("base")
    passing = CHECKS - subject.failing().keys()
    assert passing == set()


def test_a_database_that_is_not_there_yet_is_not_made(sqlite: Target) -> None:
    """The one check says that there is no file, and there still is none."""
    report = Migrator(project=SYSTEM, url=sqlite.url.reveal()).verify()

    assert [(check.name, check.passed) for check in report.checks] == [("revision", False)]
    assert not sqlite.path.exists()


def test_an_unreachable_database_is_the_usual_error(pg: Target, tmp_path: Path) -> None:
    """A wrong password, a server that is not there and a file that is no database raise as everywhere."""
    nobody = pg.url.reveal().replace(f"/{pg.url.database}", "/no_such_database")
    with pytest.raises(Unreachable):
        Migrator(project=SYSTEM, url=nobody).verify()
    (tmp_path / "text.db").write_text("this is no database, but long enough to be looked at" * 40)
    with pytest.raises(Unreachable):
        Migrator(project=SYSTEM, url=f"sqlite:///{tmp_path}/text.db").verify()
    with pytest.raises(AccessDenied):
        Migrator(project=SYSTEM, url=f"sqlite:///{tmp_path}").verify()


def test_a_busy_file_is_waited_for_once(on_sqlite: Subject) -> None:
    """While another writes, the trial rows cannot be tried; they say so, and the rest is checked."""
    settings = load(project=SYSTEM, url=on_sqlite.target.url.reveal())
    settings = replace(settings, limits=Limits(sqlite_busy_s=0.05))
    with on_sqlite.target.connect() as connection:
        connection.execute("BEGIN IMMEDIATE")
        report = Migrator(settings).verify()

    failing = {check.name for check in report.checks if not check.passed}
    assert failing == {name for name in CHECKS if name.startswith("insert and query")}
    assert all("run 'limosa verify' again" in check.detail for check in report.checks if not check.passed)


def test_the_command_prints_a_line_a_check(subject: Subject) -> None:
    """Exit 0 and `pass` on every line at head; after damage exit 1 and FAIL on one; --json is a document."""
    shell = Shell(SYSTEM, subject.target.url.reveal())
    number = len(CHECKS | OWN_CHECKS[subject.target.engine])

    lines = shell.limosa("verify").stdout.splitlines()
    assert [line[:6] for line in lines[:-1]] == ["pass  "] * number
    assert lines[-1] == f"{number} checks passed"

    subject.target.execute("ALTER TABLE error_log ADD COLUMN spare INTEGER")
    lines = shell.limosa("verify", code=1).stdout.splitlines()
    assert [line for line in lines if line.startswith("FAIL  ")] == [
        "FAIL  schema error_log: column 'spare' (INTEGER) is not in the models"
    ]
    assert len(lines) == number + 1
    document = json.loads(shell.limosa("verify", "--json", code=1).stdout)
    assert document["passed"] is False
    assert [check["name"] for check in document["checks"] if not check["passed"]] == ["schema error_log"]
