"""The project together with the revisions that its database is ahead by, from what is kept in there."""

from __future__ import annotations

import fcntl
import io
import shutil
import tempfile
import tokenize
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from limosa.alembic_bridge.lending import lent
from limosa.migrator.ahead import Unknown, look, refusal, whole_graph
from limosa.migrator.project import Project
from limosa.model.imported import ImportedModule
from limosa.model.revision import Revision

_PREFIX = "limosa-stored-"


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
    with _passing_folder() as folder:
        revisions = _laid_out(folder / "versions", found)
        with lent(_written(folder / "modules", found.modules.values())):
            yield project.beside(
                folder / "versions",
                whole_graph(project, found, revisions),
                project.imports.lending(found.modules.values()),
            )


@contextmanager
def _passing_folder() -> Iterator[Path]:
    """Make a folder that is gone in the end; what a process left that was killed goes now."""
    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*/lock"):
        with suppress(OSError), left.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # refused as long as its owner lives
            shutil.rmtree(left.parent, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_PREFIX) as name, Path(name, "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield Path(name)


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
