"""Every target of the Makefile and every function of src/shared/migrations.py does what is said of it."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from systems.file_platform.tests.system import System

MODEL = '''
class NewTable(Base):
    """Something new."""

    __tablename__ = "new_table"

    id: Mapped[int] = mapped_column(primary_key=True)
'''


def answered(system: System, answer: str, *words: str, **variables: str) -> tuple[int, str]:
    """Run a command on a terminal and answer what it asks; return its exit status and what it said."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        words,
        cwd=system.folder,
        env=system.environment(TERM="dumb", **variables),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, f"{answer}\n".encode())
    said = b""
    try:
        while chunk := os.read(ours, 4096):
            said += chunk
    except OSError:  # the other end is closed
        pass
    os.close(ours)
    return process.wait(60), said.decode()


def test_targets_take_the_database_up_and_down(post: System) -> None:
    """Init, status, history, validate, down to a revision, up to one, up to head, down to base."""
    post.run("make", "migrate-init")
    assert re.search(r"state: +at head\ncurrent: +0004", post.run("make", "migrate-status").stdout)
    assert "Row-level security" in post.run("make", "migrate-history").stdout
    post.run("make", "migrate-validate")
    post.run("make", "migrate-downgrade", "REVISION=0001")
    post.run("make", "migrate-upgrade", "REVISION=0002")
    assert "0002" in post.run("make", "migrate-status").stdout
    post.run("make", "migrate-upgrade")
    assert "limosa_schema_info{" in post.run("make", "migrate-metrics").stdout
    post.run("make", "migrate-downgrade", "REVISION=base")
    assert not {"files", "tenants"} & post.target.tables()


def test_create_writes_a_sequential_revision(lite: System, tmp_path: Path) -> None:
    """A changed model makes a filled revision 0005, EMPTY=true an empty 0006; both can be run."""
    copy = lite.copy(tmp_path / "copy")
    copy.up()
    models = copy.folder / "src" / "tenants" / "models.py"
    models.write_text(models.read_text() + MODEL)

    copy.run("make", "migrate-create", "MESSAGE=Add new table")
    copy.run("make", "migrate-upgrade")
    copy.run("make", "migrate-create", "MESSAGE=It's $HOME; empty", "EMPTY=true")

    versions = copy.folder / "alembic" / "versions"
    filled = (versions / "0005_add_new_table.py").read_text()
    [empty] = versions.glob("0006_*.py")
    assert re.search(r"op\.create_table\(\s*['\"]new_table", filled)
    assert re.search(r"op\.drop_table\(['\"]new_table", filled)
    assert "It's $HOME; empty" in empty.read_text()
    assert "op." not in empty.read_text().partition("def upgrade")[2]
    copy.run("make", "migrate-upgrade")
    copy.run("make", "migrate-downgrade", "REVISION=0004")
    assert "new_table" not in copy.target.tables()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("migrate-downgrade",), "say where to"),
        (("migrate-create",), "say what it is for"),
        (("migrate-upgrade", "REVISION=9999"), "no revision or branch '9999'"),
        (("migrate-downgrade", "REVISION=previous_revision"), "no revision or branch 'previous_revision'"),
        (("backup",), "say where to"),
    ],
)
def test_bad_arguments_are_refused_with_a_sentence(lite: System, words: tuple[str, ...], said: str) -> None:
    """What is missing or unknown is said, and nothing is done."""
    done = lite.run("make", *words, expect=2)

    assert said in done.stderr
    assert not lite.target.path.exists()


def test_reset_asks_first_and_is_refused_in_production(post_at_head: System) -> None:
    """A no and nobody to ask leave the data; a yes drops it; in production a yes is no help."""
    post_at_head.target.execute(
        "INSERT INTO tenants (id, code, name, api_key_hash, storage_quota_bytes, file_count_limit) "
        f"VALUES ('{'0' * 31}1', 'c', 'N', 'h', 1, 1)"
    )
    count = "SELECT count(*) FROM tenants"

    assert post_at_head.run("make", "migrate-reset", expect=2).stderr.count("nobody to ask") == 1
    code, said = answered(post_at_head, "n", "make", "migrate-reset")
    assert (code, "declined" in said) == (2, True), said
    code, said = answered(post_at_head, "y", "make", "migrate-reset", ENVIRONMENT="production")
    assert (code, "production" in said) == (2, True), said
    assert post_at_head.target.rows(count) == [(1,)]
    code, said = answered(post_at_head, "y", "make", "migrate-reset")
    assert code == 0, said
    assert post_at_head.target.rows(count) == [(0,)]


def test_the_services_own_variable_protects_production_from_the_bare_command(lite_at_head: System) -> None:
    """ENVIRONMENT=production holds for limosa without make, too: a reset is refused, with a yes as well."""
    before = lite_at_head.target.tables()

    refused = lite_at_head.run("limosa", "reset", "--yes", expect=2, variables={"ENVIRONMENT": "production"})
    assert "production" in refused.stderr
    assert lite_at_head.target.tables() == before
    lite_at_head.run("limosa", "reset", "--yes")


def test_a_rollback_in_production_needs_a_yes(lite_at_head: System) -> None:
    """With nobody to ask it is refused; YES=--yes is what a procedure says."""
    words = ("make", "migrate-downgrade", "REVISION=0003")

    refused = lite_at_head.run(*words, expect=2, variables={"ENVIRONMENT": "production"})
    assert "needs a yes" in refused.stderr
    lite_at_head.run(*words, "YES=--yes", variables={"ENVIRONMENT": "production"})

    assert "0003" in lite_at_head.run("make", "migrate-status").stdout


def test_the_shell_reaches_the_database(post_at_head: System) -> None:
    """What is typed into db-shell is run on the database of DATABASE_URL."""
    done = post_at_head.run(
        "make", "db-shell", given="SELECT 6 * 7 FROM (SELECT count(*) FROM files) AS f;\n"
    )

    assert "42" in done.stdout


FUNCTIONS = """
import asyncio
from src.shared.migrations import (
    check_database_migration_status, ensure_database_migrated, get_database_schema_version,
    get_migration_manager, upgrade_database,
)

async def main():
    manager = await get_migration_manager()
    assert manager is await get_migration_manager()
    assert await get_database_schema_version() is None
    assert await check_database_migration_status() == {
        "current_revision": None, "head_revision": "0004", "is_initialized": False,
        "is_up_to_date": False, "needs_migration": True,
    }
    assert await ensure_database_migrated() is True
    assert await get_database_schema_version() == "0004"
    assert await check_database_migration_status() == {
        "current_revision": "0004", "head_revision": "0004", "is_initialized": True,
        "is_up_to_date": True, "needs_migration": False,
    }
    assert (await manager.downgrade_database("0002")).after == ("0002",)
    assert await manager.get_current_revision() == "0002"
    assert await manager.get_head_revision() == "0004"
    assert await manager.upgrade_database("0003") is True
    assert await upgrade_database() is True
    assert await manager.upgrade_database("9999") is False
    history = await manager.get_migration_history()
    assert [entry.revision.id for entry in history] == ["0004", "0003", "0002", "0001"]
    assert all(entry.applied_at for entry in history)
    assert (await manager.validate_migrations()).passed
    assert (await manager.initialize_database()).after == ("0004",)
    assert (await manager.stamp_database("0003")).after == ("0003",)
    await manager.stamp_database()
    await manager.reset_database()
    assert (await manager.check_migration_status())["is_up_to_date"]
    await manager.downgrade_database("base")
    await manager.close()
    print("all of them")

asyncio.run(main())
"""


def test_every_function_of_the_manager(system: System) -> None:
    """Each name is awaitable and returns what is said of it, on an empty database and all the way."""
    assert system.python(FUNCTIONS) == "all of them\n"


CREATES = """
import asyncio
from src.shared.migrations import get_migration_manager

async def main():
    manager = await get_migration_manager()
    await manager.upgrade_database("head")
    print(await manager.create_migration("Add new feature"))
    print(await manager.create_migration("Empty one", autogenerate=False))
    print(await manager.create_migration("Another", empty=True))

asyncio.run(main())
"""


def test_the_manager_creates_migrations(lite: System, tmp_path: Path) -> None:
    """Each creation returns the next id of the sequence, and its file is there."""
    copy = lite.copy(tmp_path / "copy")

    first = copy.run("python", "-c", CREATES, expect=None)

    assert first.stdout.split() == ["0005", "0006", "0007"], first.stderr
    assert len(list((copy.folder / "alembic" / "versions").glob("000[567]_*.py"))) == 3


FAILS = """
import asyncio, logging
from limosa import LimosaError
from src.shared.migrations import ensure_database_migrated, get_migration_manager, upgrade_database

async def main():
    logging.basicConfig(format="%(message)s")
    manager = await get_migration_manager()
    print(await ensure_database_migrated(), await upgrade_database(), await manager.upgrade_database())
    for verb in (
        manager.check_migration_status(), manager.get_current_revision(), manager.downgrade_database("base"),
        manager.stamp_database(), manager.reset_database(), manager.initialize_database(),
    ):
        try:
            await verb
        except LimosaError as error:
            print(type(error).__name__)

asyncio.run(main())
"""


def test_failures_are_typed_or_false_with_a_reason(lite: System) -> None:
    """With no database there the two answers are False and the log says why; the rest raises typed errors."""
    url = "postgresql://nobody:secret-word@127.0.0.1:1/none"

    done = lite.run("python", "-c", FAILS, variables={"ENVIRONMENT": "production", "DATABASE_URL": url})

    lines = done.stdout.split("\n")
    assert lines[0] == "False False False"
    assert lines[1:7] == ["Unreachable"] * 4 + ["Declined", "Unreachable"]
    assert "127.0.0.1" in done.stderr
    assert "secret-word" not in done.stdout + done.stderr
