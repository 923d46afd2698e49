"""Gathers what there is to say, and keeps a folder equal to it: what is not ours there is never touched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from limosa.errors import UsageError
from limosa.graph.drawing import as_svg
from limosa.graph.operations import operations_of
from limosa.migrator.handbook.authors import authors_of
from limosa.migrator.handbook.pages import MARK, file_names, index_page, revision_page
from limosa.migrator.picturing import picture
from limosa.migrator.project import Project
from limosa.model.handbook import Application, ExportReport, RevisionPage
from limosa.model.history import HistoryEntry
from limosa.model.picture import Picture
from limosa.model.status import Status

Histories = Mapping[str, Sequence[HistoryEntry]]
"""By environment: who applied what, and when."""


def export_docs(
    project: Project, folder: Path, *, standings: Sequence[Status], histories: Histories
) -> ExportReport:
    """Write a page for each revision and an index with the graph."""
    title = f"Revisions of {project.settings.root.name}"
    drawn = picture(project, range_=None, branch=None, standings=standings)
    pages = _pages(project, drawn, histories)
    links = file_names(page.revision.id for page in pages)
    files = {
        "index.md": index_page(drawn, pages, links, title=title),
        "graph.svg": f"{MARK}\n{as_svg(drawn, title=title)}",
    }
    for page in pages:
        name = f"revisions/{links[page.revision.id]}"
        files[name] = revision_page(page, links, project.settings.root)
    return _keep(folder, files)


def _pages(project: Project, drawn: Picture, histories: Histories) -> list[RevisionPage]:
    graph = project.graph
    revisions = [graph.revisions[node.id] for node in drawn.nodes]
    authors = authors_of(revision.path for revision in revisions)
    entries = {(place, entry.revision.id): entry for place, history in histories.items() for entry in history}
    pages = []
    for node, revision in zip(drawn.nodes, revisions, strict=True):
        source = graph.source(revision.id)
        applied = []
        for place in drawn.places:
            entry = entries.get((place.name, revision.id))
            applied.append(
                Application(
                    place.name,
                    place.name in node.applied_in if place.is_known else None,
                    None if entry is None else entry.applied_at,
                    None if entry is None else entry.applied_by,
                )
            )
        pages.append(
            RevisionPage(
                revision,
                graph.children(revision.id),
                authors.get(revision.path),
                operations_of(source, "upgrade"),
                operations_of(source, "downgrade"),
                tuple(applied),
            )
        )
    return pages


def _keep(folder: Path, files: Mapping[str, str]) -> ExportReport:
    """Write what is new or changed and remove what is ours and gone; refuse before anything is written."""
    try:
        strangers = [name for name in files if (folder / name).exists() and not _is_ours(folder / name)]
        if strangers:
            raise UsageError(
                f"'{folder / strangers[0]}' was not written by Limosa, and is left as it is",
                hint="choose another folder: limosa export docs FOLDER",
            )
        (folder / "revisions").mkdir(parents=True, exist_ok=True)
        written = [name for name, text in files.items() if _write(folder / name, text)]
        there = [*folder.glob("*.md"), *folder.glob("*.svg"), *folder.glob("revisions/*.md")]
        others = (path for path in there if path.relative_to(folder).as_posix() not in files)
        stale = [path for path in others if _is_ours(path)]
        for path in stale:
            path.unlink()
    except OSError as error:
        raise UsageError(
            f"'{error.filename or folder}' cannot be written: {error.strerror}",
            hint="choose another folder: limosa export docs FOLDER",
        ) from None
    return ExportReport(
        folder,
        tuple(written),
        tuple(name for name in files if name not in set(written)),
        tuple(path.relative_to(folder).as_posix() for path in sorted(stale)),
    )


def _is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MARK)) == MARK.encode()


def _write(path: Path, text: str) -> bool:
    """Write a file unless it is so already; return whether it was written."""
    data = text.encode("utf-8", "replace")
    if path.exists() and path.read_bytes() == data:
        return False
    path.write_bytes(data)
    return True
