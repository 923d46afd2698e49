"""Who wrote each revision: asked of git in one call for a folder, and of the file where git knows nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from limosa.model.handbook import Author

_LONGEST_S = 60
_COMMIT, _FIELD = "\x01", "\x00"


def authors_of(paths: Iterable[Path]) -> dict[Path, Author]:
    """Return the author of each file, by its path as given; a file that cannot be asked has none."""
    found: dict[Path, Author] = {}
    folders: dict[Path, list[Path]] = {}
    for path in paths:
        folders.setdefault(path.parent, []).append(path)
    for folder, files in folders.items():
        known = _by_git(folder)
        for path in files:
            author = known.get(path.name) or _by_file(path)
            if author is not None:
                found[path] = author
    return found


def _by_git(folder: Path) -> dict[str, Author]:
    """Return the author of the commit that brought each file, followed through renames within the folder."""
    command = [
        "git", "-C", str(folder), "-c", "core.quotepath=off", "log", "--no-show-signature", "--no-color",
        f"--format={_COMMIT}%aN%x00%aI", "--name-status", "--find-renames", "--relative", "--", ".",
    ]  # fmt: skip
    try:
        said = subprocess.run(
            command, capture_output=True, check=False, timeout=_LONGEST_S, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.TimeoutExpired):
        return {}
    if said.returncode != 0:
        return {}  # no repository, or one of a stranger's
    return _first_commits(said.stdout.decode("utf-8", "replace"))


def _first_commits(log: str) -> dict[str, Author]:
    names: dict[str, str] = {}
    found: dict[str, Author] = {}
    for commit in log.split(_COMMIT)[1:]:
        head, *lines = commit.splitlines()
        name, _, at = head.partition(_FIELD)
        for old, new in _moves(lines):
            today = names.get(new, new)
            if old is None:
                found[today] = Author(name, at, "git")
            else:
                names[old] = today
    return found


def _moves(lines: Iterable[str]) -> Iterator[tuple[str | None, str]]:
    """Yield the old and the new name of what was renamed, and None and the name of what was added."""
    for line in lines:
        status, *files = line.split("\t")
        if status.startswith("R"):
            yield files[0], files[1]
        elif status.startswith(("A", "C")):
            yield None, files[-1]


def _by_file(path: Path) -> Author | None:
    try:
        day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date().isoformat()
        return Author(path.owner(), day, "file")
    except (OSError, KeyError):
        return None
