"""The errors of naming revisions, each with what to do next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.errors import AmbiguousRevision, RevisionNotFound, SeveralHeads, UsageError
from limosa.graph.wording import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from limosa.graph.shape import Shape

_SHORTEST_PREFIX_LISTED = 4


def not_found(shape: Shape, name: str, *, what: str = "revision or branch") -> RevisionNotFound:
    """No revision answers to this name."""
    # Imported here: only a mistake has to pay for it.
    from difflib import get_close_matches  # noqa: PLC0415

    known = [*shape.links, *shape.label_owners]
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    if len(name) >= _SHORTEST_PREFIX_LISTED:
        start = name[:_SHORTEST_PREFIX_LISTED].lower()
        close += [each for each in known if each.lower().startswith(start) and each not in close][:3]
    listing = "all revisions: limosa history"
    hint = f"did you mean {quoted(close, ' or ')}? {listing}" if close else listing
    return RevisionNotFound(f"there is no {what} '{name}'", hint=hint, revision=name, close=tuple(close))


def ambiguous_id(name: str, candidates: Sequence[str]) -> AmbiguousRevision:
    """A shortened id fits several revisions."""
    return AmbiguousRevision(
        f"'{name}' may be {quoted(candidates[:5], ' or ')}{' or others' if len(candidates) > 5 else ''}",  # noqa: PLR2004
        hint="write more characters of the id",
        revision=name,
        candidates=tuple(candidates),
    )


def several_ways(shape: Shape, start: str | None, ways: Iterable[str], *, upwards: bool) -> AmbiguousRevision:
    """A relative target comes to a fork."""
    found = tuple(ways)
    labels = sorted({label for name in found for label in shape.labels.get(name, ())})
    sign = "+1" if upwards else "-1"
    choice = quoted((f"{label}@{sign}" for label in labels[:3]) if upwards and labels else found, " or ")
    return AmbiguousRevision(
        f"{_place(start, upwards=upwards)} has several ways {'up' if upwards else 'down'}: {quoted(found)}",
        hint=f"name the one you want: {choice}",
        revision=start,
        candidates=found,
    )


def several_heads(shape: Shape, argument: str, heads: Sequence[str]) -> SeveralHeads:
    """One head was asked for and there are several."""
    places = ", ".join(f"'{head}' ({shape.links[head].path})" for head in heads)
    return SeveralHeads(
        f"'{argument}' means one head and there are {len(heads)}: {places}",
        hint="take all of them: limosa upgrade heads; or join them: "
        f"alembic merge -m 'merge heads' {' '.join(heads)}",
        heads=tuple(heads),
        paths=tuple(shape.links[head].path for head in heads),
    )


def not_on_branch(name: str, branch: str) -> UsageError:
    """The revision exists, elsewhere."""
    return UsageError(
        f"revision '{name}' is not on branch '{branch}'",
        hint=f"name it alone: '{name}'; or list the branches: limosa branches",
        revision=name,
        branch=branch,
    )


def too_far(target: str, *, upwards: bool) -> UsageError:
    """A relative target leaves the graph."""
    end, command = ("heads", "limosa upgrade heads") if upwards else ("base", "limosa downgrade base")
    return UsageError(
        f"'{target}' goes {'above the newest' if upwards else 'below the first'} revision",
        hint=f"take fewer steps, or go all the way to {end}: {command}",
        target=target,
    )


def _place(start: str | None, *, upwards: bool) -> str:
    return f"'{start}'" if start is not None else ("base" if upwards else "the heads")
