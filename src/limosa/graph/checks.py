"""What makes a set of revision files no graph; each contradiction is one error that names all files in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.errors import GraphError
from limosa.graph.wording import quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from limosa.graph.raw import Links

_ILLEGAL = frozenset("@-+:")
"""Alembic's own: they are the grammar of targets."""


def check_ids(links: Sequence[Links]) -> dict[str, Links]:
    """Return the links by id; refuse an id that stands in two files, or that no target could name."""
    by_id = {link.id: link for link in links}
    if len(by_id) != len(links):
        first: dict[str, Links] = {}
        for link in links:
            other = first.setdefault(link.id, link)
            if other is not link:
                raise GraphError(
                    f"revision '{link.id}' is defined twice: in '{other.path}' and in '{link.path}'",
                    hint=f"give one of them a new id, or delete it if it is a copy: rm {link.path}",
                    revision=link.id,
                    paths=(other.path, link.path),
                )
    for link in links:
        if not link.id or not _ILLEGAL.isdisjoint(link.id):
            raise GraphError(
                f"'{link.path}' has the id '{link.id}', which no target could name",
                hint="use letters, digits and underscores in the id; '@', '-', '+' and ':' have a meaning",
                revision=link.id,
                paths=(link.path,),
            )
    return by_id


def label_owners(links: Mapping[str, Links]) -> dict[str, str]:
    """Return the revision that gives each branch label; refuse a label that is taken."""
    owners: dict[str, str] = {}
    for link in links.values():
        for label in link.labels:
            taken_by = owners.get(label, label if label in links else None)
            if taken_by is not None:
                raise GraphError(
                    f"branch label '{label}' of '{link.path}' is already used by '{links[taken_by].path}'",
                    hint="rename one of the two in its branch_labels",
                    revision=link.id,
                    paths=(links[taken_by].path, link.path),
                )
            owners[label] = link.id
    return owners


def dependencies_of(links: Mapping[str, Links], owners: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return the ids behind each ``depends_on``, for those revisions that have one."""
    found: dict[str, tuple[str, ...]] = {}
    for link in links.values():
        if not link.depends_on:
            continue
        for name in link.depends_on:
            if name not in links and name not in owners:
                raise _missing(link, name, "depends on")
        found[link.id] = tuple(name if name in links else owners[name] for name in link.depends_on)
    return found


def check_parents(links: Mapping[str, Links]) -> None:
    """Refuse a ``down_revision`` that is not on disk."""
    for link in links.values():
        for parent in link.parents:
            if parent not in links:
                raise _missing(link, parent, "follows")


def _missing(link: Links, name: str, verb: str) -> GraphError:
    return GraphError(
        f"'{link.path}' {verb} revision '{name}', which no file defines",
        hint=f"correct the name, or bring the file back: git log --all --diff-filter=D -- '*{name}*'",
        revision=link.id,
        missing=name,
        paths=(link.path,),
    )


def check_no_cycle(
    links: Mapping[str, Links],
    dependencies: Mapping[str, Sequence[str]],
    children: Mapping[str, Sequence[str]],
    users: Mapping[str, Sequence[str]],
) -> tuple[str, ...]:
    """Return all ids, each after what it stands on; refuse revisions that wait for each other.

    ``children`` are the edges of the parents seen from below, ``users`` those and the dependencies'.
    """

    def below(name: str) -> set[str]:
        return {*links[name].parents, *dependencies.get(name, ())}

    waits = {name: len(link.parents) for name, link in links.items()}
    waits |= {name: len(set(link.parents)) for name, link in links.items() if waits[name] > 1}
    by_parents = _risen(waits, children)
    if len(by_parents) < len(links):
        stuck = set(links).difference(by_parents)
        raise _cycle(links, stuck, lambda name: links[name].parents, "down_revision")
    if not dependencies:
        return by_parents
    rising = _risen({name: len(below(name)) for name in links}, users)
    if len(rising) < len(links):
        raise _cycle(links, set(links).difference(rising), below, "depends_on")
    return rising


def _risen(waits: Mapping[str, int], above: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Order what can be ordered; what is missing from the result is in a cycle or stands on one."""
    left = dict(waits)
    risen = [name for name, count in waits.items() if not count]
    for name in risen:  # grows while it is walked
        for user in above.get(name, ()):
            left[user] -= 1
            if not left[user]:
                risen.append(user)
    return tuple(risen)


def _cycle(
    links: Mapping[str, Links], stuck: set[str], below: Callable[[str], Iterable[str]], field: str
) -> GraphError:
    name = min(stuck)
    walked: dict[str, None] = {}
    while name not in walked:
        walked[name] = None
        name = min(lower for lower in below(name) if lower in stuck)
    order = list(walked)
    circle = order[order.index(name) :]
    return GraphError(
        f"revisions go round in a circle: {quoted((*circle, name), ' -> ')}",
        hint=f"correct the {field} of one of: {', '.join(links[each].path for each in circle)}",
        revisions=tuple(circle),
        paths=tuple(links[each].path for each in circle),
    )
