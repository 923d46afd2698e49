"""Nothing to do, and looking: whole processes of ``limosa`` and ``alembic`` on both engines.

``upgrade`` of a database at head, ``current`` and ``status`` (which Alembic answers with ``current``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from _measure import Contender, Row, Sample, main, process, tool
from _projects import Project, postgresql, project
from limosa.scratch import nearest, start

SQLITE: dict[int, float] = {100: 7, 1000: 10, 5000: 14}
POSTGRESQL: dict[int, float] = {100: 2.5, 5000: 5}
LOOKS: dict[int, float] = {5000: 80}
SMALL: dict[int, float] = {20: 1}


def rows(small: bool) -> Iterator[Row]:
    """All rows, project by project; one project holds for both engines."""
    on_sqlite, on_postgresql, on_looks = (SMALL,) * 3 if small else (SQLITE, POSTGRESQL, LOOKS)
    with start(nearest(18).provider) as server:
        for count, goal in on_sqlite.items():
            with project(count) as made:
                made.stamped_sqlite()
                made.settle()
                yield upgrade(made, "SQLite", goal)
                if count in on_looks:
                    yield from looks(made, on_looks[count])
                if count in on_postgresql:
                    postgresql(made, server)
                    made.settle()
                    yield upgrade(made, "PostgreSQL", on_postgresql[count])


def tools(made: Project, **arguments: list[str]) -> dict[str, Contender]:
    """Contenders by what a user would type."""
    return {
        " ".join([name, *words]): process(tool(name), *words, cwd=made.root)
        for name, words in arguments.items()
    }


def upgrade(made: Project, engine: str, goal: float) -> Row:
    """Nothing to do."""

    def check(first: Mapping[str, Sample]) -> None:
        assert f"at {made.head}" in first["limosa upgrade head"].output, first

    runs = tools(made, limosa=["upgrade", "head"], alembic=["upgrade", "head"])
    work = f"`upgrade` with nothing to do, {engine}, {made.count:,} revisions"
    return Row(work, "limosa upgrade head", "alembic upgrade head", runs, goal, check=check)


def looks(made: Project, goal: float) -> Iterator[Row]:
    """``current`` and ``status``."""

    def check(first: Mapping[str, Sample]) -> None:
        assert all(made.head in sample.output for sample in first.values()), first

    for verb in ("current", "status"):
        runs = tools(made, limosa=[verb], alembic=["current"])
        work = f"`{verb}`, SQLite, {made.count:,} revisions"
        yield Row(work, f"limosa {verb}", "alembic current", runs, goal, rounds=5, check=check)


if __name__ == "__main__":
    main("noop", rows)
