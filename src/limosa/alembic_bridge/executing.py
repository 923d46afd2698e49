"""Executes every revision file once, in a process of its own: no file can end, hang or change this one.

Parent and child speak JSON, a line each: the child tells which file it begins, and how that ended.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from limosa.alembic_bridge.loading import namespace_of
from limosa.errors import GraphError

_BOOT = (
    "import json, sys; given = json.load(sys.stdin); sys.path[:] = given['search']\n"
    f"from {__name__} import execute; execute(given['files'])"
)


def unfit_files(
    files: Sequence[Path], *, root: Path, search: Sequence[str], timeout_s: float = 30.0
) -> Iterator[GraphError]:
    """Yield an error for each file that cannot be executed; none of them may take longer than ``timeout_s``.

    ``search`` is the ``sys.path`` of the child, which stands in ``root``.
    """
    left = [str(file) for file in files]
    while left:
        begun: str | None = None
        reason = "it ended the process"
        with _child(left, root=root, search=search) as child:
            try:
                for word, path, error in _reports(child, timeout_s):
                    if word == "begin":
                        begun = path
                    else:
                        begun = None
                        left.remove(path)
                        if error is not None:
                            message, hint, line = error
                            yield GraphError(message, hint=hint, paths=(path,), line=line)
            except TimeoutError:
                reason = f"it had not ended after {timeout_s:.0f} s"
            finally:
                child.kill()
        if begun is None:
            begun = left[0] if left else None
        if begun is not None:
            left.remove(begun)
            yield GraphError(
                f"'{begun}' cannot be executed: {reason}",
                hint="keep what a module does when it is imported out of the file, or put it into upgrade()",
                paths=(begun,),
            )


def _child(files: list[str], *, root: Path, search: Sequence[str]) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        [sys.executable, "-c", _BOOT],
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdin is not None
    with contextlib.suppress(BrokenPipeError), child.stdin:
        child.stdin.write(json.dumps({"search": list(search), "files": files}).encode())
    return child


def _reports(child: subprocess.Popen[bytes], timeout_s: float) -> Iterator[tuple[str, str, Any]]:
    assert child.stdout is not None
    for line in _lines(child.stdout, timeout_s):
        word, path, error = json.loads(line)
        yield word, path, error


def _lines(stream: IO[bytes], timeout_s: float) -> Iterator[bytes]:
    """Yield whole lines; raise TimeoutError when none comes for so long."""
    kept = b""
    while True:
        if not select.select([stream], [], [], timeout_s)[0]:
            raise TimeoutError
        data = os.read(stream.fileno(), 65536)
        if not data:
            return
        *whole, kept = (kept + data).split(b"\n")
        yield from whole


def execute(files: Sequence[str]) -> None:
    """In the child: execute each file; what it prints itself is heard by nobody."""
    out = os.dup(1)
    os.dup2(2, 1)
    for file in files:
        _say(out, "begin", file, None)
        error = None
        try:
            namespace_of(Path(file))
        except GraphError as found:
            error = found.message, found.hint, found.fields.get("line")
        _say(out, "end", file, error)


def _say(out: int, word: str, file: str, error: Any) -> None:
    os.write(out, json.dumps([word, file, error]).encode() + b"\n")
