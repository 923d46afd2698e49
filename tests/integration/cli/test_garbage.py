"""What a command has loaded is spared by the garbage collector; an application's collector is its own."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from pathlib import Path

from limosa.cli.main import main
from tests.fixtures.projects import MakeProject
from tests.fixtures.targets import Target

NOTE = """
import gc, pathlib
pathlib.Path("note").write_text(f"{gc.get_threshold()[0]} {gc.get_freeze_count() > 0}")
"""


def test_a_process_of_our_own(sqlite: Target, project: MakeProject) -> None:
    """When the first step runs, all that was loaded is set aside, and garbage is collected again."""
    made = project(url=sqlite.url)
    made.revise("001", None, upgrade=NOTE)
    done = subprocess.run(
        [str(Path(sys.executable).with_name("limosa")), "upgrade"], cwd=made.root, check=False
    )

    assert done.returncode == 0
    assert (made.root / "note").read_text() == "2000 True"


def test_a_process_of_somebody_else(sqlite: Target, project: MakeProject) -> None:
    """Whoever calls the command as a function finds the collector as it was, in the run and after it."""
    made = project(url=sqlite.url)
    made.revise("001", None, upgrade=NOTE)
    before, frozen = gc.get_threshold(), gc.get_freeze_count()

    assert main(["--project", os.fspath(made.root), "upgrade"]) == 0
    assert (made.root / "note").read_text() == f"{before[0]} {frozen > 0}"
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, frozen)
