"""The heads of many revisions: Limosa from its index cache against ``alembic heads``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

from alembic.config import Config
from alembic.script import ScriptDirectory

from _measure import Row, Sample, call, main, process
from _projects import project
from limosa.graph import Graph

LIMOSA = (
    "import sys; from limosa.graph import Graph; print(*Graph.read(sys.argv[1:2], cache=sys.argv[2]).heads)"
)


def rows(small: bool) -> Iterator[Row]:
    """Whole processes, then calls."""
    with project(50 if small else 5000) as made:
        made.settle()
        cache = made.root / "cache"

        def check(first: Mapping[str, Sample]) -> None:
            for name, sample in first.items():
                assert "pass" in name or made.head in sample.output, name

        python = sys.executable
        processes = {
            "limosa.graph from the index": process(python, "-c", LIMOSA, made.versions, cache),
            "alembic heads": process(python, "-m", "alembic", "-c", made.ini, "heads"),
            "floor: python -c pass": process(python, "-c", "pass"),
        }
        work = f"heads of {made.count:,} revisions, process"
        yield Row(work, "limosa.graph from the index", "alembic heads", processes, 10, check=check)
        calls = {
            "limosa.graph from the index": call(lambda: Graph.read([made.versions], cache=cache).heads),
            "alembic ScriptDirectory": call(
                lambda: ScriptDirectory.from_config(Config(str(made.ini))).get_heads()
            ),
            "limosa.graph without index": call(lambda: Graph.read([made.versions]).heads),
        }
        work = f"heads of {made.count:,} revisions, call"
        yield Row(work, "limosa.graph from the index", "alembic ScriptDirectory", calls, 10, check=check)


if __name__ == "__main__":
    main("graph", rows)
