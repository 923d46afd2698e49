"""The shape of the graph: who stands on whom, checked once and never changed.

Two kinds of edge lead down from a revision: to its *parents* (``down_revision``) and to what
it *depends on* (``depends_on``, by id or label). Lineage, heads and bases follow the parents
alone; the order of running and the rows of the version table follow both. ``children`` and
``users`` are the same edges seen from below.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from limosa.graph.checks import (
    check_ids,
    check_no_cycle,
    check_parents,
    dependencies_of,
    edges_above,
    label_owners,
)
from limosa.graph.raw import Ends

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from limosa.graph.raw import Links


class Shape:
    """The edges between revisions, by id; the order of all collections is the order of reading."""

    def __init__(self, links: Sequence[Links]) -> None:
        self.links: Mapping[str, Links] = check_ids(links)
        self.label_owners: Mapping[str, str] = label_owners(self.links)
        self.dependencies: Mapping[str, tuple[str, ...]] = dependencies_of(self.links, self.label_owners)
        check_parents(self.links)
        self.children: Mapping[str, Sequence[str]]
        self.users: Mapping[str, Sequence[str]]
        self.children, self.users = edges_above(self.links, self.dependencies)
        self.rising: tuple[str, ...] = check_no_cycle(
            self.links, self.dependencies, self.children, self.users
        )
        self.heads = tuple(name for name in self.links if name not in self.children)
        self.bases = tuple(name for name, link in self.links.items() if not link.parents)
        self.real_heads = tuple(name for name in self.heads if name not in self.users)
        self.ends = Ends(self.heads, self.real_heads, self.bases)

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """The place of each revision in the order of reading."""
        return {name: place for place, name in enumerate(self.links)}

    @cached_property
    def own_dependencies(self) -> Mapping[str, tuple[str, ...]]:
        """Dependencies without those that an ancestor, by parents, already has."""
        if not self.dependencies:
            return {}
        inherited: dict[str, frozenset[str]] = {}
        own: dict[str, tuple[str, ...]] = {}
        nothing: frozenset[str] = frozenset()
        for name in self.rising:
            above = [
                inherited[parent].union(self.dependencies.get(parent, ()))
                for parent in self.links[name].parents
            ]
            inherited[name] = above[0] if len(above) == 1 else nothing.union(*above)
            wanted = self.dependencies.get(name, ())
            kept = tuple(dict.fromkeys(d for d in wanted if d not in inherited[name]))
            if kept:
                own[name] = kept
        return own

    def below(self, name: str) -> tuple[str, ...]:
        """What a revision stands on directly: its parents, then its own dependencies."""
        own = self.own_dependencies.get(name)
        parents = self.links[name].parents
        return parents if own is None else tuple(dict.fromkeys((*parents, *own)))

    def is_junction(self, name: str) -> bool:
        """Does lineage fork or join here, so that a label does not pass on downwards?"""
        return len(self.users.get(name, ())) > 1 or len(self.links[name].parents) > 1

    def ancestors(self, names: Iterable[str], *, with_dependencies: bool = True) -> set[str]:
        """All that the names stand on, themselves included."""
        links = self.links
        return _closure(names, self.below if with_dependencies else lambda name: links[name].parents)

    def descendants(self, names: Iterable[str], *, with_dependencies: bool = True) -> set[str]:
        """All that stands on the names, themselves included."""
        users = self.users if with_dependencies else self.children
        return _closure(names, lambda name: users.get(name, ()))

    @cached_property
    def labels(self) -> Mapping[str, frozenset[str]]:
        """The labels that hold for each revision: its own, and those that spread to it along its line."""
        spread: dict[str, set[str]] = {}
        for label, owner in self.label_owners.items():
            for name in (*self.descendants([owner], with_dependencies=False), *self._line_below(owner)):
                spread.setdefault(name, set()).add(label)
        return {name: frozenset(found) for name, found in spread.items()}

    def _line_below(self, owner: str) -> list[str]:
        """Ancestors that share a label given further up: an unforked line, up to its tip, has one name."""
        tip = owner
        while not self.is_junction(tip) and tip in self.children:
            tip = self.children[tip][0]
        line: list[str] = []
        name = tip
        while not self.is_junction(name):
            line.append(name)
            if not self.links[name].parents:
                break
            name = self.links[name].parents[0]
        return line if owner in line else []


def _closure(names: Iterable[str], onward: Callable[[str], Iterable[str]]) -> set[str]:
    seen: set[str] = set()
    todo = list(names)
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo.extend(onward(name))
    return seen
