"""A fresh ``upgrade head``: Limosa's executor against plain Alembic, whole processes, on both engines.

Limosa gives each revision a transaction of its own, a fence and a ledger entry; plain Alembic
does none of it (on PostgreSQL one transaction for all, on SQLite none at all). What counts is
the ratio. ``--small`` runs it for its correctness only.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config

from limosa.scratch import Server, nearest, start

REVISION = '''"""table number {number}

Revision ID: {id}
Revises: {parent}
"""

import sqlalchemy as sa
from alembic import op

revision = {id!r}
down_revision = {parent!r}


def upgrade():
    op.create_table("t{number}", sa.Column("id", sa.Integer(), primary_key=True), sa.Column("name", sa.Text))
    op.create_index("ix_t{number}_name", "t{number}", ["name"])


def downgrade():
    op.drop_table("t{number}")
'''


def write_project(root: Path, count: int) -> None:
    """Write a project of Alembic's generic template with a single line of revisions."""
    quiet = argparse.Namespace(quiet=True)
    command.init(Config(str(root / "alembic.ini"), cmd_opts=quiet), str(root / "migrations"))
    parent = None
    for number in range(count):
        name = f"{number + 1:04d}"
        text = REVISION.format(number=number, id=name, parent=parent)
        (root / "migrations" / "versions" / f"{name}_table.py").write_text(text)
        parent = name


def run(root: Path, tool: str, url: str) -> float:
    """Upgrade a fresh database and return the seconds it took."""
    ini = root / "alembic.ini"
    ini.write_text(re.sub(r"(?m)^sqlalchemy\.url = .*", f"sqlalchemy.url = {url}", ini.read_text()))
    script = Path(sys.executable).with_name(tool)
    started = time.perf_counter()
    subprocess.run([script, "upgrade", "head"], cwd=root, check=True, capture_output=True)
    return time.perf_counter() - started


def measure(count: int, rounds: int, server: Server) -> dict[str, Any]:
    """Run both tools in turns on both engines; the first round warms the caches and is not counted."""
    seconds: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="limosa-bench-") as folder:
        root = Path(folder)
        write_project(root, count)
        for turn in range(rounds + 1):
            for tool in ("alembic", "limosa"):
                file = root / f"{tool}{turn}.db"
                taken = {"SQLite": run(root, tool, f"sqlite:///{file}")}
                name = f"bench_{tool}_{turn}"
                server.create_database(name)
                url = server.url(name).with_driver("psycopg").reveal().replace("%", "%%")
                taken["PostgreSQL"] = run(root, tool, url)
                server.drop_database(name)
                if turn:
                    for engine, took in taken.items():
                        seconds.setdefault(f"{engine}: {tool}", []).append(took)
    return {
        "subject": "upgrade",
        "revisions": count,
        "rounds": rounds,
        "postgresql": server.major,
        "load_average": os.getloadavg(),
        "seconds": seconds,
        "medians": {name: statistics.median(each) for name, each in seconds.items()},
    }


def show(result: dict[str, Any]) -> None:
    """Print the table."""
    print(f"fresh upgrade over {result['revisions']} revisions, {result['rounds']} rounds, alternating (s)")
    print(f"{'':24} {'median':>8} {'min':>8} {'max':>8}")
    for name, each in sorted(result["seconds"].items()):
        print(f"{name:24} {result['medians'][name]:8.2f} {min(each):8.2f} {max(each):8.2f}")
    for engine in ("SQLite", "PostgreSQL"):
        ratio = result["medians"][f"{engine}: limosa"] / result["medians"][f"{engine}: alembic"]
        print(f"{engine}: Limosa takes {ratio:.2f} times as long as plain Alembic")
    print(f"load average of the machine: {', '.join(f'{each:.2f}' for each in result['load_average'])}")


def main() -> None:
    """Measure, print, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--small", action="store_true", help="few revisions, one round")
    parser.add_argument("--json", type=Path, default=Path(tempfile.gettempdir(), "limosa-bench-upgrade.json"))
    options = parser.parse_args()
    with start(nearest(18).provider) as server:
        result = measure(5, 1, server) if options.small else measure(100, 5, server)
    show(result)
    options.json.write_text(json.dumps(result, indent=2) + "\n")
    print(f"written to {options.json}")


if __name__ == "__main__":
    main()
