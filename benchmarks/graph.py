"""The heads of many revisions: Limosa from its index cache against ``alembic heads``.

Both sides run in the same call, alternating, each as a whole process and in-process; what
counts is the ratio. ``--small`` runs it for its correctness only.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic.config import Config
from alembic.script import ScriptDirectory

from limosa.graph import Graph

if TYPE_CHECKING:
    from collections.abc import Callable

REVISION = '''"""change number {number}

Revision ID: {id}
Revises: {parent}
Create Date: 2026-01-15 08:30:00.000000

"""

import sqlalchemy as sa
from alembic import op

revision: str = {id!r}
down_revision: str | None = {parent!r}
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    """Add a table."""
    op.create_table("t{number}", sa.Column("id", sa.Integer(), primary_key=True))


def downgrade() -> None:
    """Take it back."""
    op.drop_table("t{number}")
'''
LIMOSA = (
    "import sys; from limosa.graph import Graph; print(*Graph.read(sys.argv[1:2], cache=sys.argv[2]).heads)"
)


def write_project(root: Path, count: int) -> Path:
    """Write an Alembic project with a single line of revisions and return its ini file."""
    versions = root / "migrations" / "versions"
    versions.mkdir(parents=True)
    parent = None
    for number in range(count):
        name = f"{number:05x}{number * 2654435761 % 2**28:07x}"
        text = REVISION.format(number=number, id=name, parent=parent)
        (versions / f"{name}_change_{number}.py").write_text(text)
        parent = name
    (root / "migrations" / "env.py").write_text("")
    ini = root / "alembic.ini"
    ini.write_text(f"[alembic]\nscript_location = {root / 'migrations'}\n")
    return ini


def process(*command: str) -> str:
    """Run a whole process and return its first word."""
    done = subprocess.run([sys.executable, *command], check=True, capture_output=True, text=True)
    return done.stdout.split()[0]


def contenders(ini: Path, cache: Path) -> dict[str, Callable[[], Any]]:
    """Return what is measured, by name; each returns the head it found."""
    versions = ini.parent / "migrations" / "versions"
    return {
        "process: python -c pass": lambda: process("-c", "print('none')"),
        "process: limosa.graph from the index": lambda: process("-c", LIMOSA, str(versions), str(cache)),
        "process: alembic heads": lambda: process("-m", "alembic", "-c", str(ini), "heads"),
        "in-process: limosa.graph from the index": lambda: Graph.read([versions], cache=cache).heads[0],
        "in-process: limosa.graph without index": lambda: Graph.read([versions]).heads[0],
        "in-process: alembic ScriptDirectory": lambda: ScriptDirectory.from_config(
            Config(str(ini))
        ).get_heads()[0],
    }


def measure(count: int, rounds: int) -> dict[str, Any]:
    """Run all contenders in turns and return their times in milliseconds."""
    with tempfile.TemporaryDirectory(prefix="limosa-bench-") as folder:
        ini = write_project(Path(folder), count)
        past = time.time() - 3600
        for file in (Path(folder) / "migrations" / "versions").iterdir():
            os.utime(file, (past, past))  # as in a checkout that was not made this second
        runs = contenders(ini, Path(folder) / "cache")
        found = {name: run() for name, run in runs.items()}  # warms the index and the .pyc files
        heads = {head for name, head in found.items() if "pass" not in name}
        assert len(heads) == 1, f"the contenders disagree: {found}"
        times: dict[str, list[float]] = {name: [] for name in runs}
        for _ in range(rounds):
            for name, run in runs.items():
                started = time.perf_counter()
                run()
                times[name].append((time.perf_counter() - started) * 1000)
    return {
        "subject": "graph",
        "revisions": count,
        "rounds": rounds,
        "load_average": os.getloadavg(),
        "python": sys.version.split()[0],
        "milliseconds": times,
        "medians": {name: statistics.median(each) for name, each in times.items()},
    }


def show(result: dict[str, Any]) -> None:
    """Print the table."""
    print(f"heads of {result['revisions']} revisions, {result['rounds']} rounds, alternating (ms)")
    print(f"{'':42} {'median':>8} {'min':>8} {'max':>8}")
    for name, each in result["milliseconds"].items():
        print(f"{name:42} {result['medians'][name]:8.1f} {min(each):8.1f} {max(each):8.1f}")
    medians = result["medians"]
    for kind, peer in (("process", "alembic heads"), ("in-process", "alembic ScriptDirectory")):
        ratio = medians[f"{kind}: {peer}"] / medians[f"{kind}: limosa.graph from the index"]
        print(f"{kind}: {ratio:.1f} times as fast as Alembic")
    load = ", ".join(f"{each:.2f}" for each in result["load_average"])
    print(f"load average of the machine: {load}")


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--small", action="store_true", help="few revisions, one round")
    parser.add_argument("--json", type=Path, default=Path(tempfile.gettempdir(), "limosa-bench-graph.json"))
    options = parser.parse_args()
    result = measure(50, 1) if options.small else measure(5000, 7)
    show(result)
    options.json.write_text(json.dumps(result, indent=2) + "\n")
    print(f"written to {options.json}")


if __name__ == "__main__":
    main()
