"""The system on two databases, as its tests see it: commands in its folder, and rows value by value."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from app.database import open_engine
from app.settings import Settings
from limosa import Migrator
from tests.fixtures.targets import Target

SYSTEM = Path(__file__).parents[2]
TABLES = ("users", "identity_documents", "ocr_jobs", "audit_logs")
HEAD = "0006"
SECRET = "a secret of the tests, long enough to sign with"
TIMEOUT_S = 60
_OWN = ("LIMOSA_", "ENVIRONMENT", "DEVELOPMENT_", "STAGING_", "PRODUCTION_", "SECRET_KEY", "DATABASE_URL")
Rows = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class System:
    """The system's folder, or a copy of it, on a database of its own and one for analytics."""

    main: Target
    analytics: Target
    storage: Path
    folder: Path = SYSTEM
    environment: str = "development"
    extra: dict[str, str] = field(default_factory=dict)

    @property
    def variables(self) -> dict[str, str]:
        """What a process of the system is started with: nothing that names another database."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
        prefix = self.environment.upper()
        return {
            **kept,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}",
            "ENVIRONMENT": self.environment,
            f"{prefix}_DATABASE_URL": self.main.url.reveal(),
            f"{prefix}_ANALYTICS_DATABASE_URL": self.analytics.url.reveal(),
            "SECRET_KEY": SECRET,
            "STORAGE_FOLDER": str(self.storage),
            **self.extra,
        }

    @property
    def settings(self) -> Settings:
        """The settings that these variables make."""
        return Settings.load(self.variables)

    def having(self, environment: str | None = None, **extra: str) -> System:
        """Return the same in another environment, or with more variables."""
        return replace(self, environment=environment or self.environment, extra={**self.extra, **extra})

    def copied(self, to: Path) -> System:
        """Return the same with a copy of the folder, in which files may be written and broken."""
        left_out = shutil.ignore_patterns("tests", "data", ".limosa", "__pycache__", "*.egg-info")
        shutil.copytree(SYSTEM, to, ignore=left_out)
        return replace(self, folder=to)

    def run(
        self, *words: str, expect: int | None = 0, cwd: Path | None = None, text: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command in the system's folder, as a person would, and check its exit status."""
        done = subprocess.run(
            words,
            cwd=cwd or self.folder,
            env=self.variables,
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            check=False,
            timeout=TIMEOUT_S,
        )
        assert expect is None or done.returncode == expect, (
            f"{words}: {done.returncode}\n{done.stdout}{done.stderr}"
        )
        return done

    def migrate(self, *words: str, expect: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run ``scripts/migrate.py``."""
        return self.run("python", "scripts/migrate.py", *words, expect=expect)

    def up(self, revision: str = "head") -> None:
        """Upgrade the main database, in this process."""
        Migrator(project=self.folder, environment="development", url=self.main.url.reveal()).upgrade(revision)

    def down(self, revision: str) -> None:
        """Downgrade the main database, in this process."""
        Migrator(project=self.folder, environment="development", url=self.main.url.reveal()).downgrade(
            revision
        )

    def up_both(self) -> None:
        """Bring both databases to head."""
        self.migrate("--all", "upgrade", "--quiet")

    def engine(self) -> Engine:
        """Open the main database as the service does."""
        return open_engine(self.settings.database)

    def rows(self, without: tuple[str, ...] = ()) -> Rows:
        """Return every value of every row, as the driver gives it."""
        return {table: self._rows_of(table, without) for table in TABLES}

    def _rows_of(self, table: str, without: tuple[str, ...]) -> list[dict[str, Any]]:
        names = sorted(set(self.columns(table)) - {*without})
        found = self.main.rows(f"SELECT {', '.join(names)} FROM {table} ORDER BY id")
        return [dict(zip(names, row, strict=True)) for row in found]

    def columns(self, table: str) -> list[str]:
        """Return the names of a table's columns."""
        if self.main.engine == "sqlite":
            return [row[1] for row in self.main.rows(f"PRAGMA table_info({table})")]
        query = "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
        return [name for (name,) in self.main.rows(query, (table,))]
