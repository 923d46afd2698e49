"""``scripts/migrate.py``: each command of the document, from any folder, with Limosa's exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.identity.project import HEAD, SYSTEM, TABLES, System


def test_check_tells_of_a_database_that_is_not_there(on_sqlite: System) -> None:
    """``check`` ends with 0 where migrations can run, and with 1 and the reason where they cannot."""
    on_sqlite.migrate("check")
    closed = "postgresql://nobody@127.0.0.1:1/nothing"
    away = on_sqlite.having(DEVELOPMENT_DATABASE_URL=closed).migrate("check", expect=1)

    assert "migrations cannot run here" in away.stdout
    assert "127.0.0.1" in away.stdout


def test_stamp_writes_the_version_and_runs_nothing(on_sqlite: System) -> None:
    """``stamp head`` marks the database as current without making a table."""
    on_sqlite.migrate("stamp", "head")

    state = json.loads(on_sqlite.run("limosa", "status", "--json").stdout)
    assert (state["state"], state["current_revision"]) == ("at_head", HEAD)
    assert not set(TABLES) & on_sqlite.main.tables()


def test_create_numbers_and_names_revisions(on_sqlite: System, tmp_path: Path) -> None:
    """A revision gets the next id of four digits, its message in snake_case, its ticket, both functions."""
    system = on_sqlite.copied(tmp_path / "copy")
    system.migrate("upgrade", "-q")
    user = system.folder / "app/models/user.py"
    user.write_text(user.read_text() + "    nickname: Mapped[str | None] = mapped_column(String(30))\n")
    system.migrate("create", "Add nickname to users", "--ticket", "issue_123")
    written = system.folder / "migrations/versions/0007_issue_123_add_nickname_to_users.py"
    body = written.read_text()

    assert 'down_revision = "0006"'.replace('"', "'") in body
    assert "def upgrade() -> None:" in body
    assert "def downgrade() -> None:" in body
    assert "sa.Column('nickname', sa.String(length=30), nullable=True)" in body
    system.migrate("upgrade", "-q")
    assert "nickname" in system.columns("users")
    system.migrate("downgrade", "0006", "-q")
    assert "nickname" not in system.columns("users")


def test_the_script_works_from_any_folder(on_sqlite: System, tmp_path: Path) -> None:
    """It finds its project wherever it is typed."""
    on_sqlite.run("python", str(SYSTEM / "scripts/migrate.py"), "upgrade", cwd=tmp_path)

    assert {*TABLES} <= on_sqlite.main.tables()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("upgrade", "0099"), 2, "0099"),
        (("downgrade",), 2, "REVISION"),
        (("nonsense",), 2, "nonsense"),
        ((), 2, "COMMAND"),
        (("-n", "nowhere", "current"), 2, "nowhere"),
    ],
)
def test_a_wrong_command_is_refused_with_a_sentence(
    on_sqlite: System, words: tuple[str, ...], code: int, said: str
) -> None:
    """The exit code is Limosa's, the sentence says what is wrong, and nothing is done."""
    done = on_sqlite.migrate(*words, expect=code)

    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not on_sqlite.main.path.exists()


def test_a_downgrade_outside_development_is_not_done_unasked(on_sqlite: System) -> None:
    """In staging and production somebody must say yes; development is its owner's business."""
    system = on_sqlite.having("staging")
    system.migrate("upgrade", "-q")
    refused = system.migrate("downgrade", "0001", expect=2)
    assert "--yes" in refused.stderr
    system.migrate("downgrade", "0001", "--yes")

    assert "0001" in system.migrate("current").stdout


def test_both_databases_are_addressed_one_by_one_and_together(on_sqlite: System) -> None:
    """``-n analytics`` moves only the second database, ``--all`` both; plain Alembic likewise."""
    on_sqlite.migrate("-n", "analytics", "upgrade")
    assert (set(TABLES) & on_sqlite.main.tables(), "daily_counts" in on_sqlite.analytics.tables()) == (
        set(),
        True,
    )
    on_sqlite.migrate("--all", "upgrade")
    assert {*TABLES} <= on_sqlite.main.tables()
    on_sqlite.run("alembic", "-n", "analytics", "downgrade", "base")

    assert "daily_counts" not in on_sqlite.analytics.tables()
    assert {*TABLES} <= on_sqlite.main.tables()
    stood = on_sqlite.run("limosa", "--all-names", "status", "--json").stdout
    assert ("analytics" in stood, HEAD in stood) == (True, True)


def test_a_script_on_paper_asks_no_database(on_sqlite: System) -> None:
    """``upgrade 0001 --sql`` prints the statements."""
    closed = on_sqlite.having(DEVELOPMENT_DATABASE_URL="postgresql://nobody@127.0.0.1:1/nothing")
    script = closed.migrate("upgrade", "0001", "--sql").stdout

    assert "CREATE TABLE identity_documents" in script
    assert "ON DELETE CASCADE" in script
    assert "JSONB" in script
