"""The checks: one function each, which raises ``CheckFailed`` with what is wrong in a few lines."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from itertools import islice

from limosa.errors import LimosaError
from limosa.migrator import Migrator
from limosa.migrator.touring import schema, tour
from limosa.model.tour import Tour
from limosa.testing.failure import CheckFailed
from limosa.testing.workshop import BASE, Workshop

_MOST_LINES = 20


def single_head(workshop: Workshop) -> None:
    """The history has one head: nothing was written beside it on another branch."""
    revisions = workshop.graph.revisions
    heads = workshop.graph.heads
    if len(heads) > 1:
        raise CheckFailed(
            _listed(
                f"the history has {len(heads)} heads:",
                [f"{head}: {revisions[head].message} ({revisions[head].path})" for head in heads],
                hint="join them: alembic merge heads; or name the one above which the other belongs",
            )
        )


def upgrade(workshop: Workshop, engine: str) -> None:
    """An empty database reaches the head, and a second upgrade finds nothing to do."""
    with workshop.lent(engine, at=BASE) as database:
        workshop.migrator(database).upgrade("heads")
        status = workshop.migrator(database).status()
        if not status.is_up_to_date and status.heads:
            raise CheckFailed(f"after an upgrade to the heads the database is {status.state.value}")


def round_trip(workshop: Workshop, engine: str, *, one_way: Collection[str] = ()) -> None:
    """Each revision goes up, down to the schema before it, and up to the same schema again."""
    with workshop.lent(engine, at=BASE) as database:
        try:
            made = tour(workshop.open(database), one_way=one_way)
        except LimosaError as error:
            _refuse(error.fields.get("tour"))  # the cause: what is left behind is in the way of the next
            raise
        _refuse(made)


def models(workshop: Workshop, engine: str) -> None:
    """The models and the history lead to the same schema, but for what the baseline file accepts."""
    with workshop.lent(engine) as database:
        # a database that is thrown away is not worth remembering
        settings = replace(workshop.migrator(database).settings, cache=None)
        found = Migrator(settings).check(full=True).differences
    if found:
        raise CheckFailed(
            _listed(
                "the revisions do not make what the models say; this is missing:",
                [each.operation for each in found],
                hint="write it: limosa create MESSAGE; or let it stay: limosa check --accept REASON",
            )
        )


def nothing_left(workshop: Workshop, engine: str) -> None:
    """After a downgrade to the base nothing of the history is left in the database."""
    with workshop.lent(engine, at=BASE) as database:
        before = schema(workshop.open(database))
        workshop.migrator(database).upgrade("heads")
        workshop.migrator(database).downgrade("base")
        changes = before.difference(schema(workshop.open(database)))
    if changes:
        raise CheckFailed(
            _listed(
                "a downgrade to the base leaves this behind:",
                [f"{change.kind} {change.name}" for change in changes],
            )
        )


CHECKS: dict[str, Callable[..., None]] = {
    check.__name__: check for check in (single_head, upgrade, round_trip, models, nothing_left)
}


def run(name: str, workshop: Workshop, engine: str | None, *, one_way: Collection[str] = ()) -> None:
    """Run the check of this name; those that only read files take no engine."""
    if engine is None:
        single_head(workshop)
    elif name == round_trip.__name__:
        round_trip(workshop, engine, one_way=one_way)
    else:
        CHECKS[name](workshop, engine)


def _refuse(made: Tour | None) -> None:
    fault = None if made is None else made.fault
    if fault is not None:
        raise CheckFailed(_listed(f"{fault.sentence}:", fault.lines))


def _listed(heading: str, lines: Iterable[str], *, hint: str | None = None) -> str:
    found = list(lines)
    shown = [f"  {line}" for line in islice(found, _MOST_LINES)]
    if len(found) > _MOST_LINES:
        shown.append(f"  and {len(found) - _MOST_LINES} more")
    return "\n".join([heading, *shown, *([hint] if hint else [])])
