"""Names of revisions: an id, the beginning of one, a label, ``branch@id``, ``head``, ``heads``, ``base``.

The rules are Alembic's, since the same words go to both commands.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from limosa.errors import RevisionNotFound, UsageError
from limosa.graph import refusals

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from limosa.graph.shape import Shape

_TOO_SHORT_TO_COMPLETE = 3
"""Alembic completes no name that is itself this short."""


class Base(Enum):
    """The place below the first revision, where a walk downwards arrives."""

    BASE = "base"


BASE: Final = Base.BASE
Place = str | Base | None
"""Where a walk stands: at a revision, at base, or (None) at no place yet, or gone too far."""


class Name(NamedTuple):
    """A name taken apart: the ids it stands for, not yet completed, and the branch it asks for."""

    ids: tuple[str, ...]
    branch: str | None


class Names:
    """Answers what a name means in one graph."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape

    def parse(self, name: str | None) -> Name:
        """Replace the words ``head``, ``heads`` and ``base``, and take the branch off."""
        branch, at, rest = (name or "").partition("@")
        if name is None:
            return Name((), None)
        if not at:
            branch, rest = "", name
        match rest:
            case "base":
                return Name((), branch or None)
            case "heads" if branch:
                return Name(self.in_lineage(self.shape.heads, branch), branch)
            case "heads":
                return Name(self.shape.real_heads, None)
            case "head":
                return Name(self._one_head(branch), branch or None)
            case "":
                raise UsageError(f"'{name}' names no revision", hint="limosa history", target=name)
            case _:
                return Name((rest,), branch or None)

    def _one_head(self, branch: str) -> tuple[str, ...]:
        heads = self.in_lineage(self.shape.heads, branch) if branch else self.shape.heads
        if len(heads) > 1:
            raise refusals.several_heads(self.shape, f"{branch}@head" if branch else "head", heads)
        return heads

    def one(self, name: str | None) -> str | None:
        """Return the one revision that is meant, None for base."""
        ids, branch = self.parse(name)
        if len(ids) > 1:
            raise refusals.several_heads(self.shape, name or "", ids)
        if ids:
            return self.complete(ids[0], branch)
        if branch:
            self.branch_owner(branch)  # base is below every branch, but not below one that does not exist
        return None

    def several(self, name: str | None) -> tuple[Place, ...]:
        """Return all revisions that are meant, none for base; ``-N`` is counted from the heads."""
        ids, branch = self.parse(name)
        steps = _negative(ids)
        if steps is None:
            return tuple(self.complete(each, branch) for each in ids)
        heads = self.shape.real_heads
        if branch is not None:
            heads = tuple(head for head in heads if branch in self.shape.labels.get(head, ()))
        return tuple(self.walk(head, steps) for head in heads)

    def complete(self, name: str, branch: str | None = None) -> str:
        """Return the id for an id, the beginning of one, or a label; it must share the branch's lineage."""
        owner = self.branch_owner(branch) if branch else None
        found = self._exact(name) or self._completed(name, owner)
        if branch and owner and not self._shares_lineage(found, [owner]):
            raise refusals.not_on_branch(found, branch)
        return found

    def _exact(self, name: str) -> str | None:
        return name if name in self.shape.links else self.shape.label_owners.get(name)

    def _completed(self, beginning: str, owner: str | None) -> str:
        names = (*self.shape.links, *self.shape.label_owners)
        fits = [each for each in names if len(each) > _TOO_SHORT_TO_COMPLETE and each.startswith(beginning)]
        if owner:
            fits = [each for each in fits if self._shares_lineage(self.complete(each), [owner])]
        if not fits:
            raise refusals.not_found(self.shape, beginning)
        if len(fits) > 1:
            raise refusals.ambiguous_id(beginning, fits)
        return self._exact(fits[0]) or fits[0]

    def branch_owner(self, branch: str) -> str:
        """Return the revision that stands for a branch: by label, or by any name of a revision."""
        found = self._exact(branch)
        if found is None:
            try:
                return self.complete(branch)
            except RevisionNotFound as error:
                raise refusals.not_found(self.shape, branch, what="branch") from error
        return found

    def in_lineage(
        self, revisions: Iterable[str], name: str | None, *, with_dependencies: bool = False
    ) -> tuple[str, ...]:
        """Return those of the revisions that are above or below what the name stands for."""
        ids, branch = self.parse(name)
        against = ([branch] if branch else []) + list(ids)
        found = tuple(revisions)
        if not against or not found:
            return found
        owners = [self.complete(each) for each in against]
        return tuple(
            each for each in found if self._shares_lineage(each, owners, with_dependencies=with_dependencies)
        )

    def _shares_lineage(
        self, revision: str, others: Sequence[str], *, with_dependencies: bool = False
    ) -> bool:
        shape = self.shape
        return not (
            shape.ancestors([revision], with_dependencies=with_dependencies).isdisjoint(others)
            and shape.descendants([revision], with_dependencies=with_dependencies).isdisjoint(others)
        )

    def walk(self, start: Place, steps: int, *, branch: str | None = None, strict: bool = True) -> Place:
        """Go that many steps up, or down if negative.

        At the end of the graph a strict walk returns None, another one stays where it is.
        """
        place = start
        for _ in range(abs(steps)):
            onward = self._up(place, branch) if steps > 0 else self._down(place)
            if not onward:
                return None if strict else place
            if len(onward) > 1:
                ways = [each for each in onward if isinstance(each, str)]
                raise refusals.several_ways(
                    self.shape, place if isinstance(place, str) else None, ways, upwards=steps > 0
                )
            place = onward[0]
        return place

    def _up(self, place: Place, branch: str | None) -> Sequence[Place]:
        onward = self.shape.children.get(place, ()) if isinstance(place, str) else self.shape.bases
        return self.in_lineage(onward, branch) if branch else tuple(onward)

    def _down(self, place: Place) -> Sequence[Place]:
        if place is BASE:
            return ()
        onward = self.shape.heads if place is None else self.shape.links[place].parents
        return onward or (BASE,)


def _negative(ids: Sequence[str]) -> int | None:
    if len(ids) != 1:
        return None
    try:
        number = int(ids[0])
    except ValueError:
        return None
    return number if number < 0 else None
