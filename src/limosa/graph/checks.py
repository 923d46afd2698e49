"""What makes a set of revision files no graph; each contradiction is one error that names all files in it.

Each check hands its errors to ``report``, which raises the first one, or collects them all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from limosa.errors import GraphError
from limosa.graph.wording import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from limosa.graph.raw import Links

    Report = Callable[[GraphError], None]

_ILLEGAL = frozenset("@-+:")
"""Alembic's own: they are the grammar of targets."""


def refuse(error: GraphError) -> NoReturn:
    """Let the first contradiction be the end."""
    raise error


def contradictions(links: Sequence[Links]) -> list[GraphError]:
    """Return all contradictions of a set of revisions."""
    found: list[GraphError] = []
    by_id = check_ids(links, found.append)
    owners = label_owners(by_id, found.append)
    dependencies = dependencies_of(by_id, owners, found.append)
    check_parents(by_id, found.append)
    # what refers to nothing was told already, and goes round in no circle
    known = {
        name: link._replace(parents=tuple(parent for parent in link.parents if parent in by_id))
        for name, link in by_id.items()
    }
    check_no_cycle(known, dependencies, *edges_above(known, dependencies), found.append)
    return found


def check_ids(links: Sequence[Links], report: Report = refuse) -> dict[str, Links]:
    """Return the links by id; refuse an id that stands in several files, or that no target could name."""
    by_id: dict[str, Links] = {}
    if len({link.id for link in links}) != len(links):
        _report_duplicates(links, report)
    for link in links:
        by_id.setdefault(link.id, link)
        if not link.id or not _ILLEGAL.isdisjoint(link.id):
            report(
                GraphError(
                    f"'{link.path}' has the id '{link.id}', which no target could name",
                    hint="use letters, digits and underscores; '@', '-', '+' and ':' have a meaning",
                    revision=link.id,
                    paths=(link.path,),
                )
            )
    return by_id


def _report_duplicates(links: Sequence[Links], report: Report) -> None:
    places: dict[str, list[str]] = {}
    for link in links:
        places.setdefault(link.id, []).append(link.path)
    for name, paths in places.items():
        if len(paths) > 1:
            places_named = listed(f"in '{path}'" for path in paths)
            times = "twice" if len(paths) == 2 else f"{len(paths)} times"  # noqa: PLR2004
            report(
                GraphError(
                    f"revision '{name}' is defined {times}: {places_named}",
                    hint=f"give one of them a new id, or delete it if it is a copy: rm {paths[-1]}",
                    revision=name,
                    paths=tuple(paths),
                )
            )


def label_owners(links: Mapping[str, Links], report: Report = refuse) -> dict[str, str]:
    """Return the revision that gives each branch label; refuse a label that is taken."""
    owners: dict[str, str] = {}
    for link in links.values():
        for label in link.labels:
            taken_by = owners.get(label, label if label in links else None)
            if taken_by is None:
                owners[label] = link.id
                continue
            report(
                GraphError(
                    f"branch label '{label}' of '{link.path}' is already used by '{links[taken_by].path}'",
                    hint="rename one of the two in its branch_labels",
                    revision=link.id,
                    paths=(links[taken_by].path, link.path),
                )
            )
    return owners


def dependencies_of(
    links: Mapping[str, Links], owners: Mapping[str, str], report: Report = refuse
) -> dict[str, tuple[str, ...]]:
    """Return the ids behind each ``depends_on``, for those revisions that have one."""
    found: dict[str, tuple[str, ...]] = {}
    missing: dict[str, list[Links]] = {}
    for link in links.values():
        if link.depends_on:
            for name in link.depends_on:
                if name not in links and name not in owners:
                    missing.setdefault(name, []).append(link)
            names = (name if name in links else owners.get(name) for name in link.depends_on)
            found[link.id] = tuple(name for name in names if name is not None)
    for name, users in missing.items():
        report(_missing(links, users, name, ("depends on", "depend on")))
    return found


def check_parents(links: Mapping[str, Links], report: Report = refuse) -> None:
    """Refuse a ``down_revision`` that is not on disk."""
    missing: dict[str, list[Links]] = {}
    for link in links.values():
        for parent in link.parents:
            if parent not in links:
                missing.setdefault(parent, []).append(link)
    for name, users in missing.items():
        report(_missing(links, users, name, ("follows", "follow")))


def _missing(
    links: Mapping[str, Links], users: Sequence[Links], name: str, verbs: tuple[str, str]
) -> GraphError:
    # Imported here: only a mistake has to pay for it.
    from difflib import get_close_matches  # noqa: PLC0415

    paths = tuple(link.path for link in users)
    files = listed(f"'{path}'" for path in paths)
    close = get_close_matches(name, set(links).difference(link.id for link in users), n=1, cutoff=0.75)
    meant = f"did you mean '{close[0]}'? " if close else ""
    return GraphError(
        f"{files} {verbs[len(users) > 1]} revision '{name}', which no file defines",
        hint=f"{meant}correct the name, or bring the file back: git log --all --diff-filter=D -- '*{name}*'",
        revision=users[0].id,
        missing=name,
        paths=paths,
    )


def edges_above(
    links: Mapping[str, Links], dependencies: Mapping[str, tuple[str, ...]]
) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Return the edges of the parents seen from below, and those and the dependencies'."""
    parents: dict[str, tuple[str, ...]] = {name: link.parents for name, link in links.items()}
    children = _upside_down(parents)
    if not dependencies:
        return children, children
    both = {name: (*parents[name], *lower) for name, lower in dependencies.items()}
    return children, _upside_down(parents | both)


def _upside_down(below: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    above: dict[str, list[str]] = {}
    for name, lower in below.items():
        for each in dict.fromkeys(lower):
            above.setdefault(each, []).append(name)
    return above


def check_no_cycle(
    links: Mapping[str, Links],
    dependencies: Mapping[str, Sequence[str]],
    children: Mapping[str, Sequence[str]],
    users: Mapping[str, Sequence[str]],
    report: Report = refuse,
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
        _report_cycles(links, stuck, lambda name: links[name].parents, "down_revision", report)
        return by_parents
    if not dependencies:
        return by_parents
    rising = _risen({name: len(below(name)) for name in links}, users)
    if len(rising) < len(links):
        _report_cycles(links, set(links).difference(rising), below, "depends_on", report)
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


def _report_cycles(
    links: Mapping[str, Links],
    stuck: set[str],
    below: Callable[[str], Iterable[str]],
    field: str,
    report: Report,
) -> None:
    """Report each circle once; what only stands on one is in none."""
    while stuck:
        error = _cycle(links, stuck, below, field)
        report(error)
        stuck = stuck.difference(error.fields["revisions"])
        while loose := {name for name in stuck if stuck.isdisjoint(below(name))}:
            stuck -= loose


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
