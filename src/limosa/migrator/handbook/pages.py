"""The pages as Markdown; pure, so that each can be read in a test."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from limosa.graph.drawing.wording import plain, standing
from limosa.model.handbook import Application, RevisionPage
from limosa.model.operation import Operation
from limosa.model.picture import Picture

MARK = "<!-- Written by 'limosa export docs': change the revisions, then run it again. -->"
"""The first line of every file of ours; without it a file is somebody else's."""
_BOILERPLATE = re.compile(r"^(Revision ID|Revises|Create Date|Branch Labels|Depends on):.*$", re.MULTILINE)
_SPECIAL = re.compile(r"([\\`*\[\]<>|#~]|(?<!\w)_|_(?!\w))")


def index_page(
    picture: Picture, pages: Sequence[RevisionPage], links: Mapping[str, str], *, title: str
) -> str:
    """Write the page that lists all revisions, the newest first, under the picture of the graph."""
    return "\n".join((MARK, "", *_index(picture, pages, links, title))) + "\n"


def revision_page(page: RevisionPage, links: Mapping[str, str], root: Path) -> str:
    """Write the page of one revision; ``links`` lead from an id to a file in the same folder."""
    return "\n".join((MARK, "", *_page(page, links, root))) + "\n"


def file_names(ids: Iterable[str]) -> dict[str, str]:
    """Name the file of each revision; an id may hold what no file name can, and two may look alike."""
    names: dict[str, str] = {}
    taken: set[str] = set()
    for one in ids:
        name = stem = re.sub(r"[^\w.-]", "_", one).lstrip(".") or "_"
        number = 1
        while name.lower() in taken:
            number += 1
            name = f"{stem}-{number}"
        taken.add(name.lower())
        names[one] = f"{name}.md"
    return names


def _index(
    picture: Picture, pages: Sequence[RevisionPage], links: Mapping[str, str], title: str
) -> Iterator[str]:
    yield from (f"# {escaped(title)}", "", f"![The revision graph, {len(pages)} revisions](graph.svg)", "")
    if picture.places:
        yield from ("## Databases", "", *(f"- {escaped(standing(place))}" for place in picture.places), "")
    yield from ("## Revisions", "", "The newest is first.", "")
    if not pages:
        yield "There is none yet."
        return
    yield from ("| revision | message | author | applied in |", "|---|---|---|---|")
    for page in pages:
        one = page.revision
        author = "" if page.author is None else escaped(page.author.name)
        where = ", ".join(escaped(each.place) for each in page.applied if each.is_applied)
        link = f"[{escaped(one.id)}](revisions/{links[one.id]})"
        yield f"| {link} | {escaped(one.message)} | {author} | {where} |"


def _page(page: RevisionPage, links: Mapping[str, str], root: Path) -> Iterator[str]:
    one = page.revision
    yield from (f"# {escaped(one.id)}{': ' if one.message else ''}{escaped(one.message)}", "")
    yield from (*_purpose(one.doc), "")
    facts = {
        "after": _linked(one.parents, links) or "nothing: it begins a history",
        "before": _linked(page.children, links) or "nothing: it is a head",
        "depends on": _linked(one.depends_on, links),
        "branch labels": ", ".join(map(escaped, one.labels)),
        "author": "" if page.author is None else f"{escaped(page.author.name)}, {page.author.at}",
        "created": escaped(one.created or ""),
        "file": f"`{os.path.relpath(one.path, root)}`",
    }
    yield from (f"- {label}: {value}" for label, value in facts.items() if value)
    yield from ("", "## Where it is applied", "", *_applied(page.applied), "")
    yield from ("## What `upgrade()` does", "", *_operations(page.upgrade, is_there=one.has_upgrade), "")
    yield from ("## What `downgrade()` does", "", *_operations(page.downgrade, is_there=one.has_downgrade))


def _purpose(doc: str) -> Iterator[str]:
    """The docstring without its first paragraph, which is the message, and without Alembic's own lines."""
    _, _, rest = doc.partition("\n\n")
    text = _BOILERPLATE.sub("", rest).strip()
    yield from (escaped(line) for line in text.splitlines())


def _applied(applied: Sequence[Application]) -> Iterator[str]:
    if not applied:
        yield "No database was asked."
        return
    yield from ("| environment | applied | when | by |", "|---|---|---|---|")
    words = {True: "yes", False: "no", None: "not known"}
    for one in applied:
        when = "" if one.at is None else one.at[:19].replace("T", " ")
        yield f"| {escaped(one.place)} | {words[one.is_applied]} | {when} | {escaped(one.by or '')} |"


def _operations(operations: Sequence[Operation], *, is_there: bool) -> Iterator[str]:
    if not is_there:
        yield "There is no such function."
    elif not operations:
        yield "Nothing that can be read from its text."
    for number, one in enumerate(operations, 1):
        subject = f" {_code(one.subject)}" if one.subject else ""
        detail = f": {_code(one.detail)}" if one.detail else ""
        condition = f" ({escaped(one.condition)})" if one.condition else ""
        yield f"{number}. {one.what}{subject}{detail}{condition}"


def _linked(ids: Sequence[str], links: Mapping[str, str]) -> str:
    return ", ".join(f"[{escaped(one)}]({links[one]})" if one in links else escaped(one) for one in ids)


def escaped(text: str) -> str:
    """Return a text that means itself in Markdown, on one line."""
    return _SPECIAL.sub(r"\\\1", plain(text))


def _code(text: str) -> str:
    """Put a text into a code span, whose fence is longer than any run of backticks in it."""
    content = plain(text)
    fence = "`" * (max((len(run) for run in re.findall("`+", content)), default=0) + 1)
    return f"{fence} {content} {fence}" if "`" in content else f"`{content}`"
