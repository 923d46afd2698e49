"""Writes ``AsyncMigrator`` from ``Migrator``: each public method as a coroutine, with its types and its text.

``python docs/generate_async.py`` writes the module; with ``--check`` nothing is written, and the
exit code is 1 if it is stale. ``make docs`` calls it, too.
"""

# ruff: noqa: INP001  (a script beside the pages that are generated likewise, not a package)

from __future__ import annotations

import ast
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

MIGRATOR = Path(__file__).parent.parent / "src" / "limosa" / "migrator"
SOURCE = MIGRATOR / "migrator.py"
CALLS = MIGRATOR / "calls.py"
MODULE = MIGRATOR / "async_migrator.py"

LOOKS = frozenset(
    {
        "branches",
        "client",
        "current",
        "doctor",
        "edits",
        "graph",
        "health",
        "heads",
        "history",
        "metrics",
        "pending",
        "picture",
        "record",
        "show",
        "status",
        "statuses",
    }
)
"""Verbs that never change anything and touch no Alembic: they need not wait for an upgrade to end."""
WAITS = {"wait": "self._wait", "ensure_database_migrated": '(self._run if mode == "upgrade" else self._wait)'}
"""Verbs that wait for somebody else, perhaps for long, and when they do."""

HEAD = '''\
"""The verbs of ``Migrator`` as coroutines."""

# Written by docs/generate_async.py from migrator.py: change that, then run 'make docs'.

from __future__ import annotations

{imports}

if TYPE_CHECKING:
{types}


class AsyncMigrator(AsyncCalls):
    """``Migrator`` for applications with an event loop: every verb is a coroutine that never blocks it.

    It may be called by many tasks at once, and for several databases: what touches Alembic runs one
    after the other, in a thread; what only looks runs beside it. A verb that is cancelled is stopped, its
    step is undone, its lock given back, and only then ``CancelledError`` raised. ``sinks`` are called in
    the event loop. ``async with`` loads the settings at its begin and stops what still runs at its end.
    """
'''


class Unfit(Exception):
    """A method of Migrator cannot be made a coroutine."""


def class_in(path: Path) -> tuple[ast.Module, ast.ClassDef]:
    """Return a module and the one class that it defines at its top level, private ones apart."""
    module = ast.parse(path.read_text(encoding="utf-8"))
    (found,) = (node for node in module.body if isinstance(node, ast.ClassDef))
    return module, found


def public(kind: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    """Yield the public methods and properties of Migrator."""
    for node in kind.body:
        if isinstance(node, ast.AsyncFunctionDef):
            raise Unfit(f"'{node.name}' is a coroutine already")
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node


def coroutine(method: ast.FunctionDef) -> str:
    """Return the text of one method."""
    text = ast.get_docstring(method, clean=False)
    if not text or method.returns is None:
        raise Unfit(f"'{method.name}' lacks a docstring or types")
    decorators = {ast.unparse(one) for one in method.decorator_list}
    if decorators - {"property", "cached_property"} or method.args.vararg or method.args.kwarg:
        raise Unfit(f"'{method.name}' is no plain method")
    if "Iterator" in ast.unparse(method.returns):
        raise Unfit(f"'{method.name}' gives its answer bit by bit")
    call = f"migrator.{method.name}" if decorators else f"migrator.{method.name}({_handed_on(method.args)})"
    lane = "self._look" if method.name in LOOKS else WAITS.get(method.name, "self._run")
    return (
        f"    async def {method.name}({ast.unparse(method.args)}) -> {ast.unparse(method.returns)}:\n"
        f'        """{text}"""\n'
        f"        return await {lane}(lambda migrator: {call})\n"
    )


def _handed_on(arguments: ast.arguments) -> str:
    positional = [one.arg for one in (*arguments.posonlyargs, *arguments.args)][1:]
    return ", ".join([*positional, *(f"{one.arg}={one.arg}" for one in arguments.kwonlyargs)])


def names_in(*nodes: ast.AST | None) -> set[str]:
    """Return the names that occur in annotations or defaults."""
    walked = (inner for node in nodes if node is not None for inner in ast.walk(node))
    return {node.id for node in walked if isinstance(node, ast.Name)}


def imports_of(module: ast.Module) -> dict[str, str]:
    """Return for each name that a module imports the line that imports it."""
    return {
        alias.asname or alias.name: f"from {node.module} import {alias.name}"
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def text() -> str:
    """Return the module as it should be."""
    module, migrator = class_in(SOURCE)
    written_by_hand = {node.name for node in class_in(CALLS)[1].body if hasattr(node, "name")}
    methods = [method for method in public(migrator) if method.name not in written_by_hand]
    missing = (LOOKS | WAITS.keys()) - {method.name for method in methods}
    if missing:
        raise Unfit(f"Migrator has no {sorted(missing)}")
    defaults = names_in(*(d for m in methods for d in (*m.args.defaults, *m.args.kw_defaults)))
    annotated = names_in(*(m.args for m in methods), *(m.returns for m in methods)) - defaults
    lines = imports_of(module)
    wanted = {"from typing import TYPE_CHECKING", "from limosa.migrator.calls import AsyncCalls"}
    imports = wanted | {lines[name] for name in defaults if name in lines}
    types = {lines[name] for name in annotated if name in lines}
    head = HEAD.format(
        imports="\n".join(sorted(imports)), types=textwrap.indent("\n".join(sorted(types)), "    ")
    )
    return _laid_out("\n".join([head, *(coroutine(method) for method in methods)]))


def _laid_out(source: str) -> str:
    ruff = [sys.executable, "-m", "ruff"]
    name = ["--quiet", "--stdin-filename", str(MODULE), "-"]
    for command in (["check", "--fix", "--select", "I"], ["format"]):
        done = subprocess.run(
            [*ruff, *command, *name], input=source, stdout=subprocess.PIPE, check=True, text=True
        )
        source = done.stdout
    return source


def main(arguments: list[str]) -> int:
    """Write the module, or check it."""
    wanted = text()
    if MODULE.exists() and MODULE.read_text(encoding="utf-8") == wanted:
        return 0
    if "--check" in arguments:
        sys.stderr.write(f"{MODULE.name} is stale: run 'make docs'\n")
        return 1
    MODULE.write_text(wanted, encoding="utf-8")
    sys.stdout.write(f"src/limosa/migrator/{MODULE.name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
