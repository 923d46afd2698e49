"""The commands of the documents work in the system's folder: plain Alembic's, Limosa's, and both in turn."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

import limosa
from systems.doc_extractor.tests.initial_rows import AWKWARD
from systems.doc_extractor.tests.project import SYSTEM, TABLES, Project
from systems.doc_extractor.tests.test_round_trip import fill


def test_the_documents_commands_work_with_plain_alembic(project: Project) -> None:
    """Upgrade 001 and head, current, downgrade -1, 001 and base, and history do what the documents say."""
    project.run("alembic", "upgrade", "001")
    assert project.run("alembic", "current").stdout.strip() == "001"
    project.run("alembic", "upgrade", "head")
    assert project.run("alembic", "current").stdout.strip() == "007 (head)"
    project.run("alembic", "downgrade", "-1")
    assert project.run("alembic", "current").stdout.strip() == "006"
    assert "<base> -> 001, Initial schema creation" in project.run("alembic", "history").stdout
    project.run("alembic", "downgrade", "001")
    assert project.run("alembic", "current").stdout.strip() == "001"
    project.run("alembic", "downgrade", "base")

    assert project.run("alembic", "current").stdout == ""
    assert not set(TABLES) & project.target.tables()


def test_autogenerate_finds_nothing_to_write(on_sqlite: Project, tmp_path: Path) -> None:
    """``alembic revision --autogenerate`` at head writes a revision that does nothing."""
    on_sqlite.up()
    config = Config()
    config.set_main_option("script_location", str(SYSTEM / "migrations"))
    config.set_main_option("version_locations", f"{SYSTEM / 'migrations' / 'versions'};{tmp_path}")
    config.set_main_option("path_separator", ";")
    script = command.revision(config, "nothing", autogenerate=True, version_path=str(tmp_path))

    assert not isinstance(script, list)
    assert script is not None
    body = Path(script.path).read_text(encoding="utf-8")
    assert re.findall(r"^    (?!pass|#|\"\"\")\S.*$", body, re.MULTILINE) == []


def test_the_default_file_is_made_in_the_home_directory(
    on_sqlite: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without DATABASE_URL, ``alembic upgrade head`` makes ~/.doc_extractor/metadata.db, private."""
    monkeypatch.delenv("DATABASE_URL")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    on_sqlite.run("alembic", "upgrade", "head")

    folder = tmp_path / "home" / ".doc_extractor"
    assert (folder / "metadata.db").stat().st_size > 0
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert on_sqlite.run("alembic", "current").stdout.strip() == "007 (head)"


def test_an_offered_connection_is_used(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """env.py migrates through the connection in the configuration's attributes, and asks no variable then."""
    monkeypatch.setenv("DATABASE_URL", "sqlite:////nowhere/at/all.db")
    config = Config()
    config.set_main_option("script_location", str(SYSTEM / "migrations"))
    with project.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")

    assert set(TABLES) <= project.target.tables()


def test_postgresql_can_be_migrated_from_paper(on_postgresql: Project) -> None:
    """The SQL that ``--sql`` writes, run by hand, reaches head."""
    script = on_postgresql.run("alembic", "upgrade", "head", "--sql").stdout
    with on_postgresql.target.connect() as connection:
        for statement in re.split(r";\n\n", script):
            if statement.strip():
                connection.execute(statement.encode())

    assert on_postgresql.current() == "007 (head)"
    on_postgresql.check()


def test_no_file_of_the_project_holds_a_credential() -> None:
    """No URL with a password is written anywhere but in tests."""
    here = [path for path in SYSTEM.iterdir() if path.is_file()]
    files = [*here, *(SYSTEM / "migrations").rglob("*.py"), *(SYSTEM / "src").rglob("*.py")]
    url = re.compile(r"\w+://[^\s/@:]+:[^\s/@$<]+@")

    assert len(files) > 20
    assert [file for file in files if url.search(file.read_text(encoding="utf-8"))] == []
    assert not re.search(
        r"^sqlalchemy.url", (SYSTEM / "alembic.ini").read_text(encoding="utf-8"), re.MULTILINE
    )


def test_a_role_that_may_only_read_can_ask_where_the_database_stands(on_postgresql: Project) -> None:
    """``alembic current`` needs no right to create anything once the bookkeeping is there."""
    on_postgresql.up()
    config = Config()
    config.set_main_option("script_location", str(SYSTEM / "migrations"))
    engine = create_engine(on_postgresql.engine.url)
    with engine.connect() as connection:
        connection.execute(text("SET default_transaction_read_only = on"))
        connection.commit()
        config.attributes["connection"] = connection
        command.current(config)
    engine.dispose()


def test_limosa_takes_real_rows_up_and_down(everywhere: Project) -> None:
    """Limosa's command reaches head and comes back with every value, plain Alembic before and after."""
    everywhere.up("001")
    fill(everywhere, AWKWARD)
    before = everywhere.rows()
    everywhere.run("limosa", "upgrade")
    assert everywhere.current() == "007 (head)"
    everywhere.check()
    state = json.loads(everywhere.run("limosa", "status", "--json").stdout)
    assert (state["state"], state["current_revision"], state["pending"]) == ("at_head", "007", [])
    everywhere.run("limosa", "downgrade", "001", "--yes")

    assert everywhere.rows() == before
    everywhere.up()
    everywhere.check()


def test_limosas_verbs_are_there_for_each_of_the_documents_commands(on_sqlite: Project) -> None:
    """``history --all`` lists every revision, ``downgrade -1`` goes one back, ``downgrade base`` empties."""
    on_sqlite.run("limosa", "upgrade")
    listed = on_sqlite.run("limosa", "history", "--all").stdout
    assert all(f"00{number}" in listed for number in range(1, 8))
    on_sqlite.run("limosa", "downgrade", "--yes", "--", "-1")
    assert on_sqlite.current() == "006"
    on_sqlite.run("limosa", "downgrade", "base", "--yes")

    assert not set(TABLES) & on_sqlite.target.tables()


def test_the_api_does_the_same(project: Project) -> None:
    """``limosa.Migrator`` goes to head and back to 001, and names the revisions that it ran."""
    project.up("001")
    fill(project, AWKWARD)
    before = project.rows()
    migrator = limosa.Migrator(project=SYSTEM)
    migrator.upgrade()
    assert [applied.id for applied in migrator.current()] == ["007"]
    migrator.downgrade("001")

    assert project.rows() == before


def test_postgresql_shows_four_tables_beside_limosa(on_postgresql: Project) -> None:
    """Limosa's bookkeeping is out of sight as well: four tables after upgrade, none after base."""
    on_postgresql.run("limosa", "upgrade")
    visible = {name for name in on_postgresql.target.tables() if "." not in name}
    assert visible == set(TABLES)
    on_postgresql.run("limosa", "downgrade", "base", "--yes")

    assert {name for name in on_postgresql.target.tables() if "." not in name} == set()
