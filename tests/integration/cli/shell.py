"""A project's folder with DATABASE_URL set, in which commands are typed."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from limosa.cli.main import main

LIMOSA = [sys.executable, "-c", "import sys; from limosa.cli.main import main; sys.exit(main())"]


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs commands in a folder; ``limosa`` inside this process, for speed, all else outside."""

    folder: Path
    url: str = ""

    @property
    def variables(self) -> dict[str, str]:
        """The environment: nothing of the machine's own settings, and no colours."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LIMOSA_")}
        return {**kept, "DATABASE_URL": self.url, "NO_COLOR": "1"}

    def run(self, *program: str) -> subprocess.CompletedProcess[str]:
        """Run a program and return what it printed."""
        return subprocess.run(
            program,
            cwd=self.folder,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def limosa(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run limosa; it must end with this code, and without a traceback."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.chdir(self.folder),
            self._environment(),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            returned = main(arguments)
        done = subprocess.CompletedProcess(arguments, returned, out.getvalue(), err.getvalue())
        assert returned == code, done
        assert "Traceback" not in done.stderr
        return done

    def json(self, *arguments: str, code: int = 0) -> Any:
        """Run limosa with --json and return its document."""
        return json.loads(self.limosa(*arguments, "--json", code=code).stdout)

    def alembic(self, *arguments: str) -> str:
        """Run plain Alembic; it must succeed."""
        done = self.run(sys.executable, "-m", "alembic.config", *arguments)
        assert done.returncode == 0, done
        return done.stdout

    @contextlib.contextmanager
    def _environment(self) -> Iterator[None]:
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(self.variables)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)
