"""The project together with the revisions that its database is ahead by, from what is kept in there."""

from __future__ import annotations

import io
import tempfile
import tokenize
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from limosa.alembic_bridge.lending import lent
from limosa.migrator.ahead import Unknown, look, refusal, whole_graph
from limosa.migrator.project import Project
from limosa.model.imported import ImportedModule
from limosa.model.revision import Revision


@contextmanager
def with_stored(project: Project) -> Iterator[Project]:
    """Hand out the whole project; what is not on disk lies in a folder for temporary files meanwhile.

    Raises Ahead where something is lacking.
    """
    found = Unknown()
    for target in project.databases.targets:
        one = look(project, target)
        if one.lacking:
            raise refusal(project, one)
        found.kept |= one.kept
        found.modules |= one.modules
    with tempfile.TemporaryDirectory(prefix="limosa-stored-") as name:
        folder = Path(name)
        revisions = _laid_out(folder / "versions", found)
        with lent(_written(folder / "modules", found.modules.values())):
            yield project.beside(
                folder / "versions",
                whole_graph(project, found, revisions),
                project.imports.lending(found.modules.values()),
            )


def _laid_out(folder: Path, found: Unknown) -> list[Revision]:
    """Write the texts of the revisions, each under the name that its file had."""
    folder.mkdir()
    laid = []
    for number, (revision, stored) in enumerate(found.kept.values()):
        path = folder / Path(stored.path).name
        if path.exists() or path.suffix != ".py":
            path = folder / f"{number}_{path.stem}.py"
        path.write_text(stored.body, encoding=_encoding(stored.body))
        laid.append(replace(revision, path=path))
    return laid


def _written(folder: Path, modules: Iterable[ImportedModule]) -> dict[str, Path]:
    """Write the texts of modules; return where each is."""
    paths = {}
    for module in modules:
        place = folder.joinpath(*module.name.split("."))
        path = place / "__init__.py" if module.is_package else place.with_name(f"{place.name}.py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(module.text, encoding=_encoding(module.text))
        paths[module.name] = path
    return paths


def _encoding(text: str) -> str:
    """A file that declares an encoding must be written in it."""
    return tokenize.detect_encoding(io.BytesIO(text.encode()).readline)[0]
