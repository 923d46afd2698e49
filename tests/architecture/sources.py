"""The project's own files, read and parsed once for all architecture tests."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "limosa"
FOLDERS = ("src", "systems", "tests", "benchmarks", "docs", "requirements", ".ci")
_NOT_OURS = {"__pycache__", "node_modules", "build", "dist"}


@dataclass(frozen=True)
class Source:
    """One Python file."""

    path: Path
    text: str

    @property
    def name(self) -> str:
        """The path as people write it, from the root of the repository."""
        return self.path.relative_to(ROOT).as_posix() if self.path.is_relative_to(ROOT) else str(self.path)

    @property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return _parsed(self.text)

    @property
    def room(self) -> str:
        """The folder or module of ``src/limosa`` that holds it, such as ``engines``; empty elsewhere."""
        if not self.path.is_relative_to(PACKAGE):
            return ""
        return self.path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@dataclass(frozen=True)
class Function:
    """A function or method, with the lines it has without its docstring."""

    source: Source
    name: str
    line: int
    lines: int


def functions(source: Source) -> Iterator[Function]:
    """Yield all functions of a file, nested ones too."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if ast.get_docstring(node, clean=False) is not None:
                first = node.body[0]
                length -= (first.end_lineno or first.lineno) - first.lineno + 1
            yield Function(source, node.name, node.lineno, length)


@cache
def python_files(folder: str = "") -> tuple[Source, ...]:
    """Return the Python files below a folder of the repository, or all of ours."""
    places = (folder,) if folder else FOLDERS
    paths = [path for place in places for path in _walk(ROOT / place) if path.suffix == ".py"]
    own = [path for path in ROOT.glob("*.py") if not folder]
    return tuple(Source(path, path.read_text(encoding="utf-8")) for path in (*own, *sorted(paths)))


@cache
def text_files() -> tuple[Path, ...]:
    """Return every text file that the repository holds."""
    top = [path for path in ROOT.iterdir() if path.is_file() and not path.name.startswith(".git")]
    return tuple(
        path for path in (*top, *(p for place in FOLDERS for p in _walk(ROOT / place))) if _is_text(path)
    )


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path.is_dir():
            if path.name not in _NOT_OURS and not path.name.startswith(".") and path.suffix != ".egg-info":
                yield from _walk(path)
        elif not path.name.startswith("."):
            yield path


def _is_text(path: Path) -> bool:
    with path.open("rb") as file:
        return b"\0" not in file.read(8192)
