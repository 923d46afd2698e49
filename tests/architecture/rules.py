"""What no file may do, each rule a function from a file to the places that break it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.architecture.sources import Source

DRIVERS = frozenset({"aiosqlite", "asyncpg", "pg8000", "psycopg", "psycopg2", "sqlite3"})
TERMINAL = frozenset({"click", "rich"})
VAGUE_NAMES = frozenset({"common", "helper", "helpers", "manager", "misc", "util", "utils"})
ENVIRONMENT = frozenset({"os.environ", "os.environb", "os.getenv", "os.getenvb"})
BROAD = frozenset({"Exception", "BaseException"})


@dataclass(frozen=True)
class Rule:
    """A thing that is allowed in some rooms only."""

    name: str
    find: Callable[[Source], Iterator[str]]
    rooms: frozenset[str]
    """Where it is allowed."""

    def breaches(self, source: Source) -> list[str]:
        """Return the places of this file that break the rule."""
        return [] if source.room in self.rooms else [f"{source.name}:{found}" for found in self.find(source)]


def imports(source: Source) -> Iterator[tuple[int, str]]:
    """Yield line and full name of each import, wherever it stands (``TYPE_CHECKING`` included)."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)


def importing(*packages: str) -> Callable[[Source], Iterator[str]]:
    """Return a search for imports of these packages."""

    def find(source: Source) -> Iterator[str]:
        for line, name in imports(source):
            if name.split(".")[0] in packages:
                yield f"{line} imports {name}"

    return find


def engine_creations(source: Source) -> Iterator[str]:
    """Find whoever makes an engine, under any of SQLAlchemy's names for it."""
    pattern = re.compile(r"(create|engine_from|create_async|async_engine_from)\w*_?(engine|config)\Z")
    for line, name in _names(source):
        if pattern.match(name) and "engine" in name:
            yield f"{line} uses {name}"


def printing(source: Source) -> Iterator[str]:
    """Find output to the terminal and ends of the process."""
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"print", "exit"}
        ):
            yield f"{node.lineno} calls {node.func.id}()"
        elif isinstance(node, ast.Attribute) and ast.unparse(node) in {
            "sys.exit",
            "sys.stdout",
            "sys.stderr",
        }:
            yield f"{node.lineno} uses {ast.unparse(node)}"
        elif isinstance(node, ast.ImportFrom) and node.module == "sys":
            yield from (f"{node.lineno} imports sys.{a.name}" for a in node.names if a.name == "exit")


def environment_reads(source: Source) -> Iterator[str]:
    """Find uses of the process's environment."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and ast.unparse(node) in ENVIRONMENT:
            yield f"{node.lineno} uses {ast.unparse(node)}"
        elif isinstance(node, ast.ImportFrom) and node.module == "os":
            names = {f"os.{alias.name}" for alias in node.names} & ENVIRONMENT
            yield from (f"{node.lineno} imports {name}" for name in sorted(names))


def broad_handlers(source: Source) -> Iterator[str]:
    """Find handlers of every error that neither raise again nor say why they may be so broad."""
    lines = source.text.splitlines()
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        caught = {ast.unparse(kind) for kind in _kinds(node.type)}
        raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
        reasoned = re.search(r"#.*\w+ \w+", lines[node.lineno - 1])
        if caught & BROAD and not raises and not reasoned:
            yield f"{node.lineno} catches {', '.join(sorted(caught & BROAD))} without a reason in a comment"


def vague_names(source: Source) -> Iterator[str]:
    """Find modules and folders whose names do not say what is in them."""
    for part in source.name.removesuffix(".py").split("/"):
        if part in VAGUE_NAMES:
            yield f"1 is named '{part}'"


def missing_docstring(source: Source) -> Iterator[str]:
    """Find modules that do not say what they are for."""
    if source.text.strip() and not ast.get_docstring(source.tree):
        yield "1 has no module docstring"


def undocumented_tests(source: Source) -> Iterator[str]:
    """Find tests that do not state the property they prove."""
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name.startswith("test_") and not ast.get_docstring(node):
            yield f"{node.lineno} {node.name} has no docstring"


def _names(source: Source) -> Iterator[tuple[int, str]]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Name):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute):
            yield node.lineno, node.attr
        elif isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, alias.name) for alias in node.names)


def _kinds(node: ast.expr | None) -> list[ast.expr]:
    if node is None:
        return [ast.Name("BaseException")]
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]


IN_THE_HOUSE = (
    Rule("a driver outside engines", importing(*DRIVERS), frozenset({"engines"})),
    Rule("create_engine outside engines", engine_creations, frozenset({"engines"})),
    Rule("alembic outside alembic_bridge", importing("alembic", "mako"), frozenset({"alembic_bridge"})),
    Rule("a terminal library outside cli", importing(*TERMINAL), frozenset({"cli"})),
    Rule("output or an end of the process outside cli", printing, frozenset({"cli"})),
    Rule("the environment read outside config", environment_reads, frozenset({"config"})),
    Rule("a broad handler without a reason", broad_handlers, frozenset()),
    Rule(
        "a test library in what users run",
        importing("unittest", "pytest", "hypothesis"),
        frozenset({"testing"}),
    ),
)
EVERYWHERE = (
    Rule("a vague name", vague_names, frozenset()),
    Rule("a module without a docstring", missing_docstring, frozenset()),
    Rule("a test without a docstring", undocumented_tests, frozenset()),
)
