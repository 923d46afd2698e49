"""The document, walked from beginning to end: each block that can run here runs, and does what it says."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from systems.file_platform.tests import acceptance_blocks as document
from systems.file_platform.tests.acceptance_blocks import Block
from systems.file_platform.tests.system import System
from systems.file_platform.tests.test_commands import answered


@pytest.fixture
def copy(lite: System, tmp_path: Path) -> System:
    """A copy of the system, as a developer's checkout, with its database at head."""
    made = lite.copy(tmp_path / "copy")
    made.up()
    return made


def version(system: System) -> str | None:
    """Return where the database stands, asked of itself."""
    found = system.target.rows("SELECT version_num FROM alembic_version")
    return found[0][0] if found else None


def walk(system: System, blocks: Iterable[Block], **variables: str) -> None:
    """Run each command as it is written, and check what it said and what it left."""
    for block in blocks:
        if block.answer is None:
            done = system.run("bash", "-c", block.command, variables=variables)
            said = done.stdout + done.stderr
        else:
            code, said = answered(system, block.answer, "bash", "-c", block.command, **variables)
            assert code == 0, said
        assert block.says in said, f"{block.command}\n{said}"
        assert version(system) == block.leaves, f"{block.command}\n{said}"


def test_development_commands(copy: System) -> None:
    """Status, two new revisions, up, down, up to one, base, history, init, and a reset that asks."""
    walk(copy, document.DEVELOPMENT_COMMANDS)


def test_programmatic_usage(copy: System) -> None:
    """The two blocks of Python and the health check run as they are, and answer as they say."""
    copy.down("0003")

    assert copy.python(document.IN_APPLICATION) == "True\n0004 True False\n"
    assert copy.python(document.MANAGER) == "0005 True True 0005\n"
    assert copy.python(document.HEALTH) == "{'database_migrated': True, 'schema_version': '0005'}\n"


def test_development_workflow(copy: System) -> None:
    """A changed model, its revision with both functions, the upgrade, and the tests."""
    models = copy.folder / "src" / "files" / "models.py"
    models.write_text(models.read_text() + document.NEW_TABLE)
    (copy.folder / "tests").mkdir()
    (copy.folder / "tests" / "test_new_table.py").write_text(document.TEST_OF_ITS_OWN)

    walk(copy, document.DEVELOPMENT_WORKFLOW)

    written = (copy.folder / "alembic" / "versions" / "0005_add_new_table.py").read_text()
    up, _, down = written.partition("def downgrade")
    assert "create_table" in up.partition("def upgrade")[2]
    assert "drop_table" in down
    assert "new_table" in copy.target.tables()


def test_production_deployment(system: System) -> None:
    """Look, migrate, look again, as the owner of a database that is one revision behind."""
    system.up("0003")
    if system.target.engine == "sqlite":
        walk(system, document.PRODUCTION_DEPLOYMENT, ENVIRONMENT="production")
        return
    for block in document.PRODUCTION_DEPLOYMENT:
        done = system.run("bash", "-c", block.command, variables={"ENVIRONMENT": "production"})
        assert block.says in done.stdout + done.stderr


def test_data_migrations_and_indexes(copy: System) -> None:
    """The two examples of revisions go up and down, and the data is what they say."""
    versions = copy.folder / "alembic" / "versions"
    for number, body in enumerate(
        (document.TABLES_FIRST, document.DATA_MIGRATION, document.INDEX_MANAGEMENT), start=5
    ):
        head = document.REVISION_HEAD.format(id=f"{number:04}", below=f"{number - 1:04}")
        (versions / f"{number:04}_example.py").write_text(head + body)

    copy.up()

    assert copy.target.rows("SELECT new_field FROM users") == [("default_value",)]
    indexes = copy.target.rows("SELECT name FROM sqlite_master WHERE name LIKE 'ix_table_%' ORDER BY name")
    assert indexes == [("ix_table_field",), ("ix_table_unique_field",)]
    copy.down("0005")
    assert copy.target.rows("SELECT * FROM users") == [(1,)]


def test_troubleshooting_and_recovery(copy: System) -> None:
    """Each remedy runs, and leaves the database at head."""
    walk(copy, document.TROUBLESHOOTING)
    walk(copy, document.RECOVERY)
