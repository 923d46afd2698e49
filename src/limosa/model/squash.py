"""A squash: many revisions, one baseline in their place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Squash:
    """What is put in the place of what; ``limosa squash`` shows it before it does it."""

    revision: str
    """The id of the baseline, which is that of the last revision it replaces."""
    replaces: tuple[str, ...]
    """The other revisions that it replaces, in the order in which they ran."""
    labels: tuple[str, ...]
    """Branch labels of theirs, which the baseline has from now on."""
    path: Path
    """The file of the baseline."""
    folder: Path
    """Where the files of the replaced revisions go."""
    files: tuple[Path, ...]
    """Those files, where they are now."""
    fingerprint: str | None = None
    """Of the schema that both ways make; None before it is done."""
