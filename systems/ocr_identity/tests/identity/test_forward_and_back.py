"""Up, down and up again, with every value; on each PostgreSQL there is, by Limosa and by plain Alembic."""

from __future__ import annotations

import re
from pathlib import Path

from tests.fixtures.targets import Target, sqlite_target
from tests.identity.initial_rows import COMPANY, OTHER, fill, verified
from tests.identity.project import TABLES, System

STATIC = ("updated_at",)
"""What a change of is_verified touches beside itself, as it must."""


def test_every_value_survives_the_way_up_and_back(target: Target, tmp_path: Path) -> None:
    """From 0001 to head and back each row has the values it had; again at head it differs in nothing."""
    system = System(target, sqlite_target(tmp_path / "scans"), tmp_path / "scans")
    system.up("0001")
    fill(system)
    before = system.rows(STATIC)
    untouched = _times_of(system, OTHER.hex)
    system.up()
    at_head = system.rows(STATIC)
    system.down("0001")

    assert system.rows(STATIC) == before
    assert _times_of(system, OTHER.hex) == untouched
    system.up()
    assert system.rows(STATIC) == at_head


def test_base_is_empty_and_the_way_can_be_gone_again(system: System) -> None:
    """After ``downgrade base`` no table of the service is left, and nothing is in the way of an upgrade."""
    system.up()
    fill(system)
    system.down("base")
    assert not set(TABLES) & system.main.tables()
    system.up()

    assert system.rows() == {table: [] for table in TABLES}


def test_plain_alembic_goes_the_same_way(system: System) -> None:
    """Plain Alembic takes the database to head and back, with every value."""
    system.up("0001")
    fill(system)
    before = system.rows(STATIC)
    system.run("alembic", "upgrade", "head")
    assert verified(system) == dict.fromkeys(COMPANY, 1 if system.main.engine == "sqlite" else True)
    system.run("alembic", "downgrade", "0001")

    assert system.rows(STATIC) == before


def test_only_who_was_verified_by_the_migration_is_unverified_again(system: System) -> None:
    """The way back leaves alone who was verified before, and who was changed by somebody since."""
    system.up("0001")
    fill(system)
    system.up("0006")
    assert all(verified(system).values())
    system.main.execute(
        "UPDATE users SET is_verified = NULL WHERE email = 'not@company.com'",
        "DELETE FROM users WHERE email = 'null@company.com'",
    )
    system.down("0005")

    yes, no = (1, 0) if system.main.engine == "sqlite" else (True, False)
    assert verified(system) == {"before": yes, "not": None, "capital": no}


def test_the_way_can_be_gone_on_paper(on_postgresql: System) -> None:
    """The SQL that ``alembic upgrade --sql`` writes for 0001 to 0005, run by hand, is those revisions."""
    script = on_postgresql.run("alembic", "upgrade", "0005", "--sql").stdout
    with on_postgresql.main.connect() as connection:
        for statement in re.split(r";\n\n", script):
            if statement.strip():
                connection.execute(statement.encode())
    on_postgresql.up()

    assert on_postgresql.migrate("drift").returncode == 0


def _times_of(system: System, key: str) -> list[object]:
    rows = system.rows()["users"]
    return [row["updated_at"] for row in rows if str(row["id"]).replace("-", "") == key]
