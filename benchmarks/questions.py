"""The five questions of a hand-written migration manager, answered in process and by ``alembic`` commands.

Such a manager (there is one in most services) starts ``alembic`` for each: which revision is the database
at, which is the head, what is pending, what is the history, and does it need a migration?
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from _measure import Contender, Row, Sample, call, main, process, tool
from _projects import Project, project
from limosa import Migrator

COMMANDS = (
    ["current"],
    ["heads"],
    ["history", "-r", "current:head"],
    ["history"],
    ["current", "--check-heads"],
)


def rows(small: bool) -> Iterator[Row]:
    """One row for all five, asked of one Migrator; one for a Migrator that is made for them."""
    with project(20 if small else 100) as made:
        made.stamped_sqlite()
        made.settle()
        commands = {"five alembic commands": commands_of(made)}

        def check(samples: Mapping[str, Sample]) -> None:
            assert all(made.head in sample.output for sample in samples.values()), samples

        with Migrator(project=made.root) as migrator:
            kept = {"five calls": call(lambda: answers(migrator), times=1 if small else 10)}
            goal = 1 if small else 200
            work = f"a manager's five questions, SQLite, {made.count:,} revisions"
            yield Row(work, "five calls", "five alembic commands", kept | commands, goal, check=check)
        new = {"five calls, loading the project": call(loading(made))}
        yield Row(
            f"{work}, loading the project each time",
            "five calls, loading the project", "five alembic commands", new | commands, goal / 4, check=check,
        )  # fmt: skip


def answers(migrator: Migrator) -> tuple[object, ...]:
    """Ask all five."""
    status = migrator.status()
    return (
        status.current_revision,
        status.head_revision,
        migrator.pending(),
        tuple(entry.revision.id for entry in migrator.history()),
        status.needs_migration,
    )


def loading(made: Project) -> Callable[[], tuple[object, ...]]:
    """Ask all five of a project that is opened for it."""

    def ask() -> tuple[object, ...]:
        with Migrator(project=made.root) as migrator:
            return answers(migrator)

    return ask


def commands_of(made: Project) -> Contender:
    """Measure a process for each question, one after the other."""
    runs = [process(tool("alembic"), *words, cwd=made.root) for words in COMMANDS]

    def run() -> Sample:
        samples = [each() for each in runs]
        return Sample(
            sum(sample.wall_s for sample in samples),
            sum(sample.cpu_s for sample in samples),
            output="".join(sample.output for sample in samples),
        )

    return run


if __name__ == "__main__":
    main("questions", rows)
