"""Writes down what a command that only looked printed, with all that the answer hangs on.

Nothing is kept if anything is unusual: an error, a word on stderr, a secret within reach, a
database that is no SQLite file, an env.py that had to run, a file that is only just written.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

import limosa
from limosa.cli.remembered import WORDS, heading, listed, place, state
from limosa.config.consulted import VARIABLES

if TYPE_CHECKING:
    from limosa.engines.sqlite.heard import Heard
    from limosa.migrator import Migrator

Remember = Callable[["Migrator | None"], None]

_SETTLED_NS = 2_000_000_000
"""Coarsest clock of a file system: what changed within it may change again without a trace."""
_PROJECT_FILES = ("limosa.toml", "pyproject.toml", "alembic.ini")
_PACKAGE = str(Path(limosa.__file__).parent)


class _Copied:
    """A stream of which a copy is kept; all else is the stream's own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._written: list[str] = []

    @property
    def text(self) -> str:
        return "".join(self._written)

    def write(self, text: str) -> int:
        self._written.append(text)
        return self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


class _Opened:
    """The files that this process opens, as Python itself tells; it cannot be unplugged, only be deaf."""

    def __init__(self) -> None:
        self.paths: set[str] | None = None
        sys.addaudithook(self)

    def __call__(self, event: str, arguments: tuple[Any, ...]) -> None:
        if self.paths is not None and event == "open" and isinstance(arguments[0], str):
            self.paths.add(arguments[0])


_ears: list[_Opened] = []


@contextlib.contextmanager
def remembering(words: Sequence[str]) -> Iterator[Remember]:
    """Yield what keeps the answer of the block, called with the project that it was about."""
    if tuple(words) not in WORDS or sys.stdout is None or sys.stderr is None or sys.stdout.isatty():
        yield lambda _: None
        return
    from limosa.engines.sqlite.heard import Heard, listening  # noqa: PLC0415  # other commands do without

    started_ns, heard, before = time.time_ns(), Heard(), (sys.stdout, sys.stderr)
    out, complaints = _Copied(sys.stdout), _Copied(sys.stderr)
    ear = _ears[0] if _ears else _Opened()
    _ears[:] = [ear]

    def remember(migrator: Migrator | None) -> None:
        opened = ear.paths or set()
        if migrator is not None and not complaints.text:
            _keep(words, out.text, migrator, heard, opened, started_ns)

    ear.paths, listening[:] = set(), [heard]
    sys.stdout, sys.stderr = cast("TextIO", out), cast("TextIO", complaints)
    try:
        yield remember
    finally:
        ear.paths, listening[:] = None, []
        sys.stdout, sys.stderr = before


def _keep(
    words: Sequence[str], text: str, migrator: Migrator, heard: Heard, opened: set[str], started_ns: int
) -> None:
    settings, folder = migrator.settings, Path.cwd()
    has_looked_only = heard.asked and heard.is_all and "alembic" not in sys.modules
    if not has_looked_only or not VARIABLES.is_all or settings.cache != (folder / place(words)).parent:
        return
    listing = migrator.graph.states
    if listing is None:
        return
    revisions = {each[0] for each in listing}
    files = {path: state(path) for path in _files(migrator, opened) - revisions if not Path(path).is_dir()}
    if not all(map(_is_settled, files.values(), [started_ns] * len(files))):
        return
    if not all(_is_settled(facts, started_ns) for _, facts in listing):
        return
    from limosa.config import alembic_facts  # noqa: PLC0415

    facts = alembic_facts(settings)
    kept = {
        "python": sys.version,
        "folder": str(folder),
        "variables": VARIABLES.values_asked(),
        "files": files,
        "locations": [str(path) for path in facts.version_locations],
        "recursive": facts.recursive_version_locations,
        "asked": heard.asked,
        "text": text,
    }
    _write(Path(place(words)), json.dumps(kept).encode() + b"\n" + listed(listing))


def _is_settled(found: Sequence[int] | None, started_ns: int) -> bool:
    return found is None or max(found[1:3]) < started_ns - _SETTLED_NS


def _files(migrator: Migrator, opened: set[str]) -> set[str]:
    """Return what was read or looked for, there or not; Python's own files are those of its version."""
    from limosa.config import alembic_facts  # noqa: PLC0415

    settings, here = migrator.settings, Path.cwd()
    folders = {here, *here.parents, settings.root, settings.alembic_file.parent}
    looked_for = {str(folder / name) for folder in folders for name in _PROJECT_FILES}
    code = {module.__file__ for name, module in sys.modules.items() if name.partition(".")[0] == "limosa"}
    own = tuple(str(Path(path)) for path in {sys.prefix, sys.base_prefix, sys.exec_prefix})
    read = {os.path.abspath(path) for path in opened if not path.endswith(".pyc")}  # noqa: PTH100
    others = {path for path in read if path.startswith(_PACKAGE) or not path.startswith(own)}
    others = {path for path in others if not path.startswith(str(settings.cache))}
    env_file = str(alembic_facts(settings).env_file)
    return looked_for | others | {path for path in code if path} | {env_file}


def _write(path: Path, body: bytes) -> None:
    draft = path.with_name(f"{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    try:
        draft.write_bytes(heading(body) + b"\n" + body)
        draft.replace(path)
    except OSError:  # the cache is an offer
        draft.unlink(missing_ok=True)
