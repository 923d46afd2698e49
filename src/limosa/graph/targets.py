"""Targets: names, and steps counted from a name or from where the database stands."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from limosa.errors import UsageError
from limosa.graph import refusals
from limosa.graph.naming import BASE, Base
from limosa.graph.wording import quoted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from limosa.graph.naming import Names, Place

_RELATIVE = re.compile(r"(?:(?P<branch>.+?)@)?(?P<symbol>\w+)?(?P<steps>[+-]\d+)")


class Relative(NamedTuple):
    """``branch@symbol+steps``; branch and symbol may be missing."""

    branch: str | None
    symbol: str | None
    steps: int


class Below(NamedTuple):
    """The target of a downgrade, and the branch that it was narrowed to."""

    branch: str | None
    place: Place


def relative(target: str) -> Relative | None:
    """Take a relative target apart; None for any other."""
    found = _RELATIVE.fullmatch(target)
    return Relative(found["branch"], found["symbol"], int(found["steps"])) if found else None


def upgrade_targets(
    names: Names, target: str, current: Sequence[str | None], *, strict: bool = True
) -> tuple[str, ...]:
    """Return the revisions that an upgrade from the current ones shall reach, none for base."""
    steps = relative(target)
    if steps is None:
        return _revisions(target, names.several(target), upwards=True)
    if steps.symbol is None and steps.steps <= 0:
        raise UsageError(
            f"'{target}' leads down, and this is an upgrade",
            hint=f"limosa downgrade {target}" if steps.steps else "count from 1: limosa upgrade +1",
            target=target,
        )
    if steps.steps <= 0:
        start: Place = names.one(f"{steps.branch}@{steps.symbol}" if steps.branch else steps.symbol)
        place = names.walk(start, steps.steps, strict=strict)
    elif steps.symbol is not None:
        place = names.walk(names.one(steps.symbol), steps.steps, branch=steps.branch, strict=strict)
    else:
        start = _start_above(names, target, steps.branch, current or (None,))
        place = names.walk(start, steps.steps, branch=steps.branch, strict=strict)
    return _revisions(target, (place,), upwards=steps.steps > 0)


def _revisions(target: str, places: Sequence[Place], *, upwards: bool) -> tuple[str, ...]:
    found = tuple(place for place in places if isinstance(place, str))
    if len(found) != len(places):
        raise refusals.too_far(target, upwards=upwards)
    return found


def _start_above(names: Names, target: str, branch: str | None, current: Sequence[str | None]) -> str | None:
    """Find where ``+N`` counts from: the current revision, or the one on the branch."""
    shape = names.shape
    starts = list(current)
    if branch:
        applied = [place for name in current for place in names.several(name) if isinstance(place, str)]
        starts = list(names.in_lineage(applied, branch))
        if not starts:
            # Nothing current is on the branch itself, so count from where the branch leaves what is applied.
            on_branch = set(names.in_lineage(shape.ancestors(applied), branch))
            starts = list(on_branch.difference(*(shape.below(name) for name in on_branch))) or [None]
    if len(starts) > 1:
        labels = sorted({label for name in starts if name for label in shape.labels.get(name, ())})
        raise UsageError(
            f"'{target}' can count from each of {quoted(name or 'base' for name in starts)}",
            hint=f"name the branch, as in '{labels[0] if labels else starts[0]}@+1', or take all: "
            "limosa upgrade heads",
            target=target,
        )
    return names.one(starts[0])


def downgrade_target(
    names: Names, target: str | None, current: Sequence[str], *, strict: bool = True
) -> Below:
    """Return the place to which a downgrade from the current revisions shall go."""
    if target is None:
        return Below(None, BASE)
    steps = relative(target)
    if steps is None:
        branch, _, name = target.rpartition("@")
        found = names.one(name)
        return Below(branch or None, BASE if found is None else found)
    if steps.steps >= 0:
        return _counted_up(names, target, steps, strict=strict)
    symbol, narrowed = steps.symbol, steps.branch
    if symbol is None:
        symbol = _start_below(names, target, steps.branch, current)
        # The other lines that meet at the target stay where they are.
        narrowed = steps.branch or symbol
    start = names.one(f"{narrowed}@{symbol}" if narrowed else symbol)
    place = names.walk(start, steps.steps, strict=strict)
    if place is None:
        raise refusals.too_far(target, upwards=False)
    return Below(narrowed, place)


def _counted_up(names: Names, target: str, steps: Relative, *, strict: bool) -> Below:
    if steps.symbol is None:
        raise UsageError(
            f"'{target}' leads up, and this is a downgrade",
            hint=f"limosa upgrade {target}" if steps.steps else "count from 1: limosa downgrade -1",
            target=target,
        )
    place = names.walk(names.one(steps.symbol), steps.steps, branch=steps.branch, strict=strict)
    if place is None:
        raise refusals.too_far(target, upwards=True)
    return Below(steps.branch, place)


def _start_below(names: Names, target: str, branch: str | None, current: Sequence[str]) -> str:
    """Find where ``-N`` counts from."""
    if not current:
        raise UsageError(
            f"'{target}' counts from the current revision, and nothing is applied",
            hint="see where the database stands: limosa status",
            target=target,
        )
    starts = list(dict.fromkeys(current))
    if branch:
        starts = list(names.in_lineage(current, branch))
        if not starts:
            # Applied, but not a head of what is applied by itself: something else depends on it.
            shape = names.shape
            applied = shape.ancestors(places_of(names, current))
            tops = [name for name in applied if applied.isdisjoint(shape.children.get(name, ()))]
            starts = list(names.in_lineage(tops, branch))
    if len(starts) != 1:
        raise UsageError(
            f"'{target}' can count from each of {quoted(starts)}"
            if starts
            else f"'{target}' counts from a revision of branch '{branch}', and none is applied",
            hint="name the revision to go down to: limosa history",
            target=target,
        )
    return starts[0]


def places_of(names: Names, current: Sequence[str]) -> list[str]:
    """Return the revisions behind names that stand for one or several."""
    return [place for name in current for place in names.several(name) if not isinstance(place, Base | None)]
