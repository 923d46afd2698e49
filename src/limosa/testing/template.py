"""The migrated SQLite file that tests copy: kept for later runs, made again when what it rests on changed.

It rests on the revisions up to its own, on every other file of the user's that the migration
read (env.py, models, data files), and on the versions of what migrated it. Processes that
want the same one wait for whoever makes it; nobody reads what another may replace.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from limosa.config import Settings, alembic_facts
from limosa.graph import Graph
from limosa.model.url import DatabaseURL
from limosa.scratch.databases import scratch_database
from limosa.testing.making import make

_KEPT_S = 14 * 86_400


@dataclass(frozen=True, slots=True)
class Subject:
    """What a template is of."""

    project: Path
    environment: str | None
    at: str
    settings: Settings
    graph: Graph


def migrate(subject: Subject, url: DatabaseURL) -> tuple[Path, ...]:
    """Migrate an empty database; return the user's files that this rested on."""
    return make(project=subject.project, environment=subject.environment, url=url.reveal(), at=subject.at)


def bring(subject: Subject, target: Path, *, cache: Path | None) -> None:
    """Write the template to ``target``: from the cache, or made and kept there."""
    if cache is None:
        _make(subject, target)
        return
    name = hashlib.sha256(
        "\n".join(map(str, (subject.project, subject.environment, subject.at))).encode()
    ).hexdigest()[:12]
    with _alone(cache / f"{name}.lock"):
        _sweep(cache)
        kept, proof = cache / f"{name}.db", cache / f"{name}.json"
        if not (kept.exists() and _holds(proof, subject)):
            proof.unlink(missing_ok=True)
            files = _make(subject, kept)
            proof.write_text(json.dumps({"key": _key(subject), "files": _hashes(files, subject)}))
        os.utime(kept)
        shutil.copyfile(kept, target)


def _make(subject: Subject, target: Path) -> tuple[Path, ...]:
    """Migrate a scratch file, which closes its journal when it is closed, and move it into place."""
    with scratch_database("sqlite") as url:
        assert url.database is not None
        files = migrate(subject, url)
        Path(url.database).touch()  # a project without revisions leaves no file
        shutil.copyfile(url.database, target)
    return files


def _holds(proof: Path, subject: Subject) -> bool:
    """Is everything as it was when the template was made?"""
    try:
        found = json.loads(proof.read_text())
    except (OSError, ValueError):
        return False
    if found.get("key") != _key(subject):
        return False
    return all(_hash(Path(name)) == known for name, known in found["files"].items())


def _key(subject: Subject) -> str:
    """What must be equal besides the files that were read: revisions, settings and versions."""
    graph, settings = subject.graph, subject.settings
    revisions = sorted(graph.ancestors(*graph.resolve(subject.at)))
    parts = [
        *(f"{revision}={_hash(graph.revisions[revision].path)}" for revision in revisions),
        *(f"{name}={version(name)}" for name in ("limosa", "alembic", "sqlalchemy")),
        platform.python_version(),
        settings.environment,
        settings.section,
        *settings.x_arguments,
    ]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _hashes(files: tuple[Path, ...], subject: Subject) -> dict[str, str | None]:
    """The files apart from the revisions, which the key holds as far as they were run."""
    folders = alembic_facts(subject.settings).version_locations
    others = (path for path in files if not any(path.is_relative_to(folder) for folder in folders))
    return {str(path): _hash(path) for path in others}


def _hash(path: Path) -> str | None:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return None


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    lock.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _sweep(cache: Path) -> None:
    """Remove the templates that nobody has asked for in a fortnight."""
    for kept in cache.glob("*.db"):
        with suppress(OSError):
            if time.time() - kept.stat().st_mtime > _KEPT_S:
                kept.with_suffix(".json").unlink(missing_ok=True)
                kept.unlink()
