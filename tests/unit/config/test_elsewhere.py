"""The databases of the environments that were not chosen, and when two URLs are one database."""

from __future__ import annotations

from pathlib import Path

import pytest

from limosa.config import is_same_database, load, other_databases
from limosa.model.url import DatabaseURL

SETTINGS = """
environment = "main"
url = "sqlite:///shared.db"
[environments.literal]
url = "sqlite:///literal.db"
[environments.variable]
url_env = "VARIABLE_URL"
allow_reset = true
[environments.file]
url_file = "secret.txt"
[environments.chosen_variable]
url_variable = "THEIR_URL"
[environments.program]
url_command = "touch was-run"
[environments.unset]
url_env = "NOWHERE"
[environments.unreadable]
url_file = "gone.txt"
[environments.inherits]
[environments.development]
"""


def test_what_the_file_tells(tmp_path: Path) -> None:
    """Each environment with a URL of its own, and the default one's; no program runs and nothing fails."""
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")
    (tmp_path / "limosa.toml").write_text(SETTINGS)
    (tmp_path / "secret.txt").write_text("postgresql://u:p@file-host/app\n")
    variables = {"VARIABLE_URL": "postgresql://v/app", "THEIR_URL": "sqlite:////their.db"}
    settings = load(project=tmp_path, environment="development", variables=variables)

    found = {one.environment: one for one in other_databases(settings, variables=variables)}

    assert {name: one.url.masked for name, one in found.items()} == {
        "literal": f"sqlite:///{tmp_path}/literal.db",
        "variable": "postgresql://v/app",
        "file": "postgresql://u:***@file-host/app",
        "chosen_variable": "sqlite:////their.db",
        "main": f"sqlite:///{tmp_path}/shared.db",
    }
    assert [name for name, one in found.items() if one.allow_reset] == ["variable"]
    assert not (tmp_path / "was-run").exists()


def test_no_file_of_settings(tmp_path: Path) -> None:
    """Without settings there is no other environment."""
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = migrations\n")

    assert list(other_databases(load(project=tmp_path, variables={}), variables={})) == []


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("postgresql://a:x@db.example/app", "postgres://b@DB.example:5432/app", True),
        ("postgresql+psycopg://db/app", "postgresql+asyncpg://db/app?sslmode=require", True),
        ("postgresql://localhost/app", "postgresql://127.0.0.1/app", True),
        ("postgresql:///app?host=/run/postgresql", "postgresql:///app", False),
        ("postgresql:///app", "postgresql://pg.example:6543/app", True),
        ("postgresql:///", "postgresql:///theirs", True),
        ("postgresql://db/app", "postgresql://db/app2", False),
        ("postgresql://db:5433/app", "postgresql://db:5432/app", False),
        ("postgresql://db:5432/app", "postgresql://other:5432/app", False),
        ("postgresql://db/app", "mysql://db/app", False),
        ("sqlite:///:memory:", "sqlite:///:memory:", False),
        ("sqlite://", "sqlite://", False),
    ],
)
def test_one_database(one: str, other: str, *, is_same: bool) -> None:
    """Host, port and database decide; users, drivers and options do not; PG* variables fill in."""
    variables = {"PGHOST": "pg.example", "PGPORT": "6543", "PGDATABASE": "theirs"}
    plain = {} if "db" in one or "localhost" in one else variables
    left, right = DatabaseURL.parse(one), DatabaseURL.parse(other)

    assert is_same_database(left, right, variables=plain) is is_same
    assert is_same_database(right, left, variables=plain) is is_same


def test_one_file(tmp_path: Path) -> None:
    """A SQLite file is known through links, detours and URIs, whether it is there or not."""
    file, other = tmp_path / "app.db", tmp_path / "other.db"
    (tmp_path / "link.db").symlink_to(file)
    left = DatabaseURL.parse(f"sqlite:///{file}")

    def is_it(path: str) -> bool:
        return is_same_database(left, DatabaseURL.parse(f"sqlite:///{path}"))

    assert is_it(f"{tmp_path}/x/../app.db")
    assert is_it(f"{tmp_path}/link.db")
    assert is_it(f"file:{file}?mode=rw&uri=true")
    assert not is_it(str(other))
    file.touch()
    other.hardlink_to(file)
    assert is_it(str(other))
