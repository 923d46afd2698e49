"""Which revisions lie between a lower and an upper end, and in what order they are walked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.errors import GraphError, UsageError
from limosa.graph.naming import BASE, Place
from limosa.graph.order import newest_first
from limosa.graph.targets import downgrade_target, upgrade_targets

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from limosa.graph.naming import Names
    from limosa.graph.shape import Shape

End = str | tuple[str, ...]
"""A target, or the ids at which a database stands."""


def to_upgrade(names: Names, target: str, current: Sequence[str]) -> list[str]:
    """Return the revisions that take a database from the current ones to the target, newest first."""
    shape = names.shape
    targets = upgrade_targets(names, target, current)
    refuse_overlaps(shape, targets, what=f"'{target}' stands for")
    refuse_overlaps(shape, current, what="the version table holds")
    needed = shape.ancestors(targets) - shape.ancestors(current)
    return newest_first(shape, needed, targets)


def between(names: Names, lower: End, upper: End) -> list[str]:
    """Return the revisions from the upper end down to the lower one, both included, newest first."""
    shape = names.shape
    ends = _ids(lower)
    tops = _tops(names, upper, ends)
    if isinstance(lower, str) and "@" in lower:
        tops = _on_branch_of(names, lower, tops)
    refuse_overlaps(shape, tops, what=f"'{upper}' stands for")
    needed = shape.ancestors(tops)
    bottoms = [place for end in ends for place in names.several(end)]
    if any(place is BASE or (place is not None and place not in needed) for place in bottoms):
        raise _not_below(lower, upper)
    if bottoms and bottoms[0] is None:
        # Counted back beyond the first revision: as far as there is.
        tops_named = [names.complete(end) for end in _ids(upper)]
        bottoms = [downgrade_target(names, ends[0], tops_named, strict=False).place]
    bottom_ids = _revisions(bottoms)
    refuse_overlaps(shape, bottom_ids, what=f"'{lower}' stands for")
    chosen = needed - shape.ancestors(bottom_ids)
    chosen.update(bottom_ids)
    if bottom_ids:
        chosen &= shape.descendants(bottom_ids, with_dependencies=False)
    return newest_first(shape, chosen, tops)


def _ids(end: End) -> tuple[str, ...]:
    return (end,) if isinstance(end, str) else end


def _tops(names: Names, upper: End, lower: Sequence[str]) -> tuple[str, ...]:
    found = [upgrade_targets(names, end, lower, strict=False) for end in _ids(upper)]
    return tuple(name for each in found for name in each)


def _on_branch_of(names: Names, lower: str, tops: Collection[str]) -> tuple[str, ...]:
    branch = lower.partition("@")[0]
    labels = names.shape.labels
    if names.one(branch) == branch:
        own = labels.get(branch, frozenset())
        if len(own) != 1:
            raise UsageError(
                f"revision '{branch}' does not tell a branch", hint="limosa branches", target=lower
            )
        (branch,) = own
    return tuple(top for top in tops if branch in labels.get(top, ()))


def _revisions(places: Sequence[Place]) -> list[str]:
    return [place for place in places if isinstance(place, str)]


def _not_below(lower: End, upper: End) -> UsageError:
    ends = tuple(end if isinstance(end, str) else ", ".join(end) for end in (lower, upper))
    return UsageError(
        f"'{ends[0]}' does not lie below '{ends[1]}'",
        hint=f"write the older end first: limosa history -r {ends[1]}:{ends[0]}",
        lower=lower,
        upper=upper,
    )


def refuse_overlaps(shape: Shape, revisions: Collection[str], *, what: str) -> None:
    """Refuse revisions of which one includes another."""
    if len(revisions) < 2:  # noqa: PLR2004
        return
    for name in revisions:
        below = shape.ancestors([name]).intersection(revisions) - {name}
        if below:
            included = min(below)
            raise GraphError(
                f"{what} '{name}' and also '{included}', which '{name}' includes",
                hint=f"'{name}' alone says it all; if the version table is wrong: limosa stamp {name}",
                revisions=(name, included),
                paths=(shape.links[name].path, shape.links[included].path),
            )
