"""Writes ``docs/reference`` from the code itself, so that the two cannot say different things.

``python docs/generate.py`` writes the pages, and ``AsyncMigrator`` (see ``generate_async.py``); with
``--check`` nothing is written, and the exit code is 1 if anything is stale. What lacks a description
stops it: see ``Undescribed``.
"""

# ruff: noqa: INP001  (a script beside the pages it writes, not a package)

from __future__ import annotations

import ast
import contextlib
import importlib.util
import inspect
import io
import itertools
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, cast

import click

from limosa import errors
from limosa.cli import failure
from limosa.cli.call import Call
from limosa.cli.document import document
from limosa.cli.group import root
from limosa.cli.options import global_options
from limosa.cli.redaction import Redactor
from limosa.config.keys import ENVIRONMENT_KEYS, PROJECT_KEYS
from limosa.model import events
from limosa.model.exit_code import ExitCode
from limosa.model.limits import Limits
from limosa.model.status import PendingRevision, State, Status

FOLDER = Path(__file__).parent / "reference"
NOTE = "<!-- Written by docs/generate.py from the code: change the code, then run 'make docs'. -->"

SETTINGS = {
    "allow_reset": "May `limosa reset` drop everything? By default in the environments development, dev, "
    "test, testing, ci and local, and in no other.",
    "cache": "Folder of the index of revision files, or `false` for none; `.limosa/cache` by default.",
    "config": "Alembic's configuration file, where it is not `alembic.ini` or `pyproject.toml`.",
    "environment": "The environment that is chosen when nobody names one; `development` by default.",
    "environment_variable": "The application's own variable for the environment; `LIMOSA_ENV` goes over it.",
    "environments": "One table for each environment, with the keys marked below.",
    "first_id": "The id of the first revision in a new project; `001` by default.",
    "limits": "How long a run may wait, and for what: see [Limits](#limits).",
    "name": "The section of the ini file; `alembic` by default.",
    "names": "One table for each section of the ini file with a database of its own, as `-n NAME` and "
    "`--all-names` take it: `url` and the keys like it, `url_variable`, `x` and `limits`. It goes over the "
    "environment's; the table `names` within the environment goes over it.",
    "url": "The database. A URL with a password is refused here.",
    "url_command": "A program that prints the URL, run in the project's folder; text or a list of words.",
    "url_env": "The variable that holds the URL; it must be set.",
    "url_file": "A file that holds the URL and nothing else.",
    "url_variable": "The variable from which env.py takes the URL, `DATABASE_URL` by default: read where no "
    "other setting names the database, and set for the time of a run where one does.",
    "x": "Arguments for env.py, each `key=value`, as by `-x`.",
}
"""What each key of the settings is for; their names and types are in ``limosa.config.keys``."""


class Undescribed(Exception):
    """Something that users see has no description."""


def attribute_docs(kind: type) -> dict[str, str]:
    """Return the text that stands below each attribute of a class in its source."""
    found: dict[str, str] = {}
    body = cast("ast.ClassDef", ast.parse(textwrap.dedent(inspect.getsource(kind))).body[0]).body
    for node, after in itertools.pairwise(body):
        targets = [node.target] if isinstance(node, ast.AnnAssign) else getattr(node, "targets", [])
        text = after.value if isinstance(after, ast.Expr) else None
        if targets and isinstance(targets[0], ast.Name) and isinstance(text, ast.Constant):
            found[targets[0].id] = " ".join(str(text.value).split())
    return found


def described(kind: type, name: str) -> str:
    """Return the description of an attribute, or refuse."""
    text = attribute_docs(kind).get(name)
    if not text:
        raise Undescribed(f"{kind.__module__}.{kind.__qualname__}.{name} has no text below it")
    return _markdown(text)


def commands_page() -> Iterator[str]:
    """Yield every command with its arguments and options, then the global options."""
    context = click.Context(root, info_name="limosa", obj=None)
    names = root.list_commands(context)
    yield from ("# Commands", "", "Every command also takes the [global options](#global-options).", "")
    commands = {name: cast("click.Command", root.get_command(context, name)) for name in names}
    yield from table(
        ("command", "what it does"),
        ((f"[`{name}`](#limosa-{name})", _help(one).splitlines()[0]) for name, one in commands.items()),
    )
    for name, one in commands.items():
        yield from ("", f"## limosa {name}", "", "```text", _usage(name, one), "```", "", _help(one))
        options = [parameter for parameter in one.params if isinstance(parameter, click.Option)]
        if options:
            yield from ("", *table(("option", "meaning"), ((_spelled(o), _option_help(o)) for o in options)))
    yield from ("", "## Global options", "", "They may stand before or after the command's name.", "")
    rows = ((_spelled(o), _variables(o), _without_variables(_option_help(o))) for o in global_options())
    yield from table(("option", "variable", "meaning"), rows)


def _help(command: click.Command) -> str:
    text = inspect.cleandoc(command.help or "").strip()
    if not text:
        raise Undescribed(f"command '{command.name}' has no docstring")
    for parameter in command.params:
        if (
            isinstance(parameter, click.Argument)
            and parameter.make_metavar(click.Context(command)).strip("[].") not in text
        ):
            raise Undescribed(f"command '{command.name}' does not say what '{parameter.name}' is")
    return text


def _usage(name: str, command: click.Command) -> str:
    pieces = command.collect_usage_pieces(click.Context(command, info_name=name))
    return " ".join(["limosa", name, *pieces])


def _option_help(option: click.Option) -> str:
    if not option.help:
        raise Undescribed(f"option {option.opts[0]} has no help")
    default = f" Default: `{option.default}`." if option.show_default else ""
    return f"{option.help}{default}"


def _spelled(option: click.Option) -> str:
    metavar = f" {option.metavar or 'TEXT'}" if not option.is_flag else ""
    return f"`{', '.join(option.opts)}{metavar}`"


def _variables(option: click.Option) -> str:
    return ", ".join(f"`{name}`" for name in re.findall(r"\b[A-Z]+_[A-Z_]+\b", option.help or ""))


def _without_variables(text: str) -> str:
    return re.sub(r"\s*\[[A-Z_, ]+\]", "", text)


def settings_page() -> Iterator[str]:
    """Yield the keys of the settings and the limits."""
    known = {**PROJECT_KEYS, **ENVIRONMENT_KEYS}
    if SETTINGS.keys() != known.keys():
        raise Undescribed(f"settings without a description: {sorted(SETTINGS.keys() ^ known.keys())}")
    yield from (
        "# Settings",
        "",
        "They stand in `limosa.toml` beside Alembic's files, or in `[tool.limosa]` of `pyproject.toml`;",
        "those of an environment in `[environments.NAME]` or `[tool.limosa.environments.NAME]`. A flag wins",
        "over a `LIMOSA_` variable, that over the environment's table, and that over the project's.",
        "",
    )
    words = {str: "text", list: "list of texts", dict: "table", bool: "true or false"}
    yield from table(
        ("key", "type", "in an environment", "meaning"),
        (
            (
                f"`{key}`",
                " or ".join(words[kind] for kind in kinds),
                ("yes" if key in PROJECT_KEYS else "only there") if key in ENVIRONMENT_KEYS else "",
                SETTINGS[key],
            )
            for key, kinds in sorted(known.items())
        ),
    )
    yield from (
        "",
        "## Where the database is looked for",
        "",
        "The first of these that names one: `--url`, `LIMOSA_URL`, one of `url`, `url_env`, `url_file` and",
        "`url_command` in the environment's table, then in the project's, the variable `url_variable`,",
        "`sqlalchemy.url` of the ini file. If none does, env.py is asked. Where env.py would read the ini",
        "file and knows nothing of `DATABASE_URL`, the ini file wins over it, as it does with plain Alembic.",
        "",
        "## Limits",
        "",
        "Keys of the table `limits`, or variables. A duration is a number in the unit of the name, or text",
        "such as `500ms`, `2s`, `15m`, `1h`.",
        "",
    )
    yield from table(
        ("limit", "variable", "default", "meaning"),
        (
            (f"`{one.name}`", f"`LIMOSA_{one.name.upper()}`", f"{one.default:g}", described(Limits, one.name))
            for one in fields(Limits)
            if one.default is not MISSING
        ),
    )


def exit_codes_page() -> Iterator[str]:
    """Yield the exit codes."""
    yield from ("# Exit codes", "", "They are stable: scripts may rely on them.", "")
    yield from table(
        ("code", "name", "meaning"),
        ((str(int(c)), f"`{c.name}`", described(ExitCode, c.name)) for c in ExitCode),
    )


def error_kinds() -> list[type[errors.LimosaError]]:
    """Return all errors, those of the command included, in the order of their definition."""

    def below(kind: type[errors.LimosaError]) -> Iterator[type[errors.LimosaError]]:
        for child in kind.__subclasses__():
            yield child
            yield from below(child)

    return [
        kind for kind in below(errors.LimosaError) if kind.__module__ in {errors.__name__, failure.__name__}
    ]


def errors_page() -> Iterator[str]:
    """Yield the tree of errors, each with code, exit code and meaning, and the JSON of one."""
    tree = inspect.cleandoc(errors.__doc__ or "").partition("::\n\n")[2].partition("\n\n")[0]
    yield from ("# Errors", "", "All are in `limosa.errors`, under one root:", "", "```text")
    yield from (textwrap.dedent(tree), "```", "")
    yield from (
        "Each has `message`, `hint` (the next command), `code`, `exit_code` and `fields`; programs read the",
        "code and the fields, never the text. What to do about each is in the [runbook](../runbook.md).",
        "",
    )
    yield from table(
        ("code", "class", "exit code", "meaning"),
        (
            (f"`{kind.code}`", f"`{kind.__name__}`", _exit_code(kind), _docstring(kind))
            for kind in error_kinds()
        ),
    )
    yield from (
        "",
        "## With `--json`",
        "",
        "stdout holds one document:",
        "",
        "```json",
        _error_document(),
        "```",
    )


def _exit_code(kind: type[errors.LimosaError]) -> str:
    return "129, 130 or 143" if kind is errors.Interrupted else str(int(kind.exit_code))


def _error_document() -> str:
    error = errors.Ahead(
        "the database is at revision '003', which no file here defines",
        hint="get the code that has it (git pull); what is here: limosa heads",
        revision="003",
    )
    stdout = io.StringIO()
    with contextlib.redirect_stderr(io.StringIO()):
        failure.report(error, Call(Redactor(), wants_json=True, stdout=stdout))
    return stdout.getvalue().rstrip()


def events_page() -> Iterator[str]:
    """Yield the events of a run."""
    yield from (
        "# Events",
        "",
        "What `Migrator(sinks=[...])` hands to each sink during a run, in this order where all occur: frozen",
        "values of `limosa.model.events`. `limosa.observe.sentence.sentence(event)` is their text,",
        "`limosa.observe.log.LogSink()` a sink that logs them.",
        "",
    )
    kinds = [kind for kind in vars(events).values() if _is_event(kind)]
    yield from table(
        ("event", "fields", "meaning"),
        (
            (f"`{kind.__name__}`", ", ".join(f"`{one.name}`" for one in fields(kind)), _docstring(kind))
            for kind in kinds
        ),
    )


def _is_event(kind: Any) -> bool:
    return inspect.isclass(kind) and issubclass(kind, events.Event) and kind is not events.Event


def status_page() -> Iterator[str]:
    """Yield the contract of ``status --json``."""
    yield from ("# `limosa status --json`", "", "Fields are added to it and never renamed or removed.", "")
    yield from table(
        ("field", "type", "meaning"),
        ((f"`{one.name}`", f"`{_type(one.type)}`", described(Status, one.name)) for one in fields(Status)),
    )
    yield from ("", "## `state`", "")
    yield from table(("state", "meaning"), ((f"`{s.value}`", described(State, s.name)) for s in State))
    pending = PendingRevision("002", "add email", "/srv/shop/migrations/versions/002_add_email.py")
    example = Status(
        state=State.BEHIND,
        current_revision="001",
        head_revision="002",
        current=("001",),
        heads=("002",),
        pending=(pending,),
        is_initialized=True,
        is_up_to_date=False,
        needs_migration=True,
        engine="postgresql",
        environment="production",
        url="postgresql://shop:***@db.example:5432/shop",
    )
    yield from ("", "## Example", "", "```json", document(example, mask=str), "```")


def _type(annotation: Any) -> str:
    text = str(annotation).replace("tuple[str, ...]", "list of texts").replace("PendingRevision", "object")
    text = (
        text.replace("tuple[object, ...]", "list of objects")
        .replace("str", "text")
        .replace("bool", "true or false")
    )
    return text.replace("None", "null").replace(" | ", " or ")


def table(columns: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of a table."""
    yield f"| {' | '.join(columns)} |"
    yield f"|{'---|' * len(columns)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def _docstring(kind: type) -> str:
    text = inspect.cleandoc(kind.__doc__ or "")
    if not text or text.startswith(f"{kind.__name__}("):  # what dataclass writes where nobody did
        raise Undescribed(f"{kind.__module__}.{kind.__qualname__} has no docstring")
    return _markdown(" ".join(text.split()))


def _markdown(text: str) -> str:
    return text.replace("``", "`")


PAGES: dict[str, Callable[[], Iterator[str]]] = {
    "commands.md": commands_page,
    "settings.md": settings_page,
    "exit-codes.md": exit_codes_page,
    "errors.md": errors_page,
    "events.md": events_page,
    "status.md": status_page,
}


def pages() -> dict[str, str]:
    """Return every page of the reference as it should be."""
    return {name: "\n".join((NOTE, "", *lines())) + "\n" for name, lines in PAGES.items()}


def stale(wanted: dict[str, str]) -> list[str]:
    """Return the names of the pages that are not as they should be, leftovers included."""
    there = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.md")}
    return sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))


def sibling(name: str) -> Any:
    """Load a script of this folder, wherever this one was called from."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(arguments: list[str]) -> int:
    """Write the pages and AsyncMigrator, or check them."""
    is_class_stale: int = sibling("generate_async").main(arguments)
    wanted = pages()
    names = stale(wanted)
    if "--check" in arguments:
        sys.stderr.writelines(f"docs/reference/{name} is stale: run 'make docs'\n" for name in names)
        return 1 if names or is_class_stale else 0
    FOLDER.mkdir(exist_ok=True)
    for name in names:
        if name in wanted:
            (FOLDER / name).write_text(wanted[name], encoding="utf-8")
        else:
            (FOLDER / name).unlink()
        sys.stdout.write(f"docs/reference/{name}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
