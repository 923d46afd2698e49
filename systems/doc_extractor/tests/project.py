"""The system on one database, as its tests see it: migrated by plain Alembic, read value by value."""

from __future__ import annotations

import io
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, Inspector, inspect

from tests.fixtures.targets import Target

SYSTEM = Path(__file__).parents[1]
TABLES = ("documents", "hash_index", "audit_log", "error_log")
Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Project:
    """The system on one database."""

    target: Target
    engine: Engine

    def up(self, revision: str = "head") -> None:
        """Upgrade with plain Alembic, in this process."""
        command.upgrade(self._config(), revision)

    def down(self, revision: str) -> None:
        """Downgrade with plain Alembic, in this process."""
        command.downgrade(self._config(), revision)

    def check(self) -> None:
        """Raise if the models and the database differ."""
        command.check(self._config())

    def current(self) -> str:
        """Return what ``alembic current`` prints."""
        config = self._config()
        command.current(config)
        assert isinstance(config.stdout, io.StringIO)
        return config.stdout.getvalue().strip()

    @staticmethod
    def _config() -> Config:
        # Without the ini file env.py leaves the logging of the tests alone.
        config = Config(stdout=io.StringIO())
        config.set_main_option("script_location", str(SYSTEM / "migrations"))
        return config

    def run(self, *words: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command line in the system's folder, as a person would, and check its exit status."""
        program = [sys.executable, "-m", "alembic"] if words[0] == "alembic" else [_script(words[0])]
        result = subprocess.run(
            [*program, *words[1:]], cwd=SYSTEM, capture_output=True, text=True, check=False, timeout=120
        )
        assert result.returncode == expect, result.stdout + result.stderr
        return result

    def inspector(self) -> Inspector:
        """Look at the schema as it is now."""
        return inspect(self.engine)

    def rows(self) -> Rows:
        """Return every value of every row, as the driver gives it."""
        return {table: self._rows_of(table) for table in TABLES}

    def _rows_of(self, table: str) -> list[dict[str, Any]]:
        names = sorted(column["name"] for column in self.inspector().get_columns(table))
        found = self.target.rows(f"SELECT {', '.join(names)} FROM {table} ORDER BY id")
        return [dict(zip(names, row, strict=True)) for row in found]


def _script(name: str) -> str:
    return str(Path(sys.executable).with_name(name))
