"""What is in the project's folders."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from limosa.config import AlembicFacts, Settings, alembic_facts
from limosa.errors import GraphError
from limosa.migrator.project import Project
from limosa.model.doctor import Examined, Health
from limosa.observe.wording import counted


def project(settings: Settings) -> Iterator[Examined]:
    """env.py, the revisions, and the folder of the index."""
    facts = alembic_facts(settings)
    yield from _scripts(facts)
    if facts.env_file.is_file():  # without it there is no project whose revisions could be read
        yield _revisions(settings)
    yield _cache(settings.cache)


def _revisions(settings: Settings) -> Examined:
    try:
        graph = Project(settings).graph
    except GraphError as error:
        return Examined("revisions", Health.MISSING, error.message, error.hint)
    heads = ", ".join(graph.heads) or "none"
    remedy = "limosa history; then: alembic merge heads" if len(graph.heads) > 1 else None
    health = Health.NOTE if remedy else Health.GOOD
    return Examined("revisions", health, f"{len(graph.revisions)}, head: {heads}", remedy)


def _scripts(facts: AlembicFacts) -> Iterator[Examined]:
    if facts.env_file.is_file():
        yield Examined("env.py", Health.GOOD, str(facts.env_file))
    else:
        yield Examined(
            "env.py",
            Health.MISSING,
            f"not in '{facts.script_location}'",
            "correct script_location, or bring the file back from your version control",
        )
    if not facts.template_file.is_file():
        yield Examined(
            "script.py.mako",
            Health.NOTE,
            f"not in '{facts.script_location}', so 'create' cannot write revisions",
            "alembic init in another folder writes one to copy",
        )
    for folder in facts.version_locations:
        if folder.is_dir():
            files = len(list(folder.glob("*.py")))
            yield Examined("versions", Health.GOOD, f"{folder} ({counted(files, 'file')})")
        else:
            yield Examined("versions", Health.NOTE, f"'{folder}' is not there yet", f"mkdir -p '{folder}'")


def _cache(folder: Path | None) -> Examined:
    if folder is None:
        return Examined("index cache", Health.NOTE, "switched off: every command reads every revision file")
    place = next(each for each in (folder, *folder.parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=place):
            return Examined("index cache", Health.GOOD, str(folder))
    except OSError as error:
        return Examined(
            "index cache",
            Health.NOTE,
            f"'{place}' cannot be written to ({error.strerror}): every command reads every revision file",
            'make it writable, or name another folder: cache = "FOLDER" in the settings',
        )
