"""One difference of autogenerate's as an operation in words: what would make the database like its models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Constraint, ForeignKeyConstraint, Index, Table, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import SQLAlchemyError

_VERBS = {"add": "add", "remove": "drop"}


def operation(diff: tuple[Any, ...], dialect: Dialect) -> str:
    """Say what this tuple of Alembic's would do, in a form that stays the same from run to run."""
    what = str(diff[0])
    if what in _ALTERED:
        schema, table, column = diff[1:4]
        said = _ALTERED[what](diff[5], diff[6], dialect)
        return f"alter column {_joined(schema, table, column)} {said}"
    verb, _, kind = what.partition("_")
    if verb in _VERBS and kind in _MADE:
        return f"{_VERBS[verb]} {_MADE[kind](diff, dialect, verb == 'add')}"
    # of an operation that somebody else has added to autogenerate
    return " ".join([what.replace("_", " "), *(str(part) for part in diff[1:] if isinstance(part, str))])


def type_of(type_: Any, dialect: Dialect) -> str:
    """Write a type as the database has it."""
    try:
        return str(type_.compile(dialect=dialect))
    except SQLAlchemyError:
        return repr(type_)


def _joined(*parts: str | None) -> str:
    return ".".join(part for part in parts if part)


def _table(diff: tuple[Any, ...], _dialect: Dialect, _is_new: bool) -> str:
    return f"table {_of(diff[1])}"


def _column(diff: tuple[Any, ...], dialect: Dialect, is_new: bool) -> str:
    schema, table, column = diff[1:4]
    named = f"column {_joined(schema, table, column.name)}"
    if not is_new:
        return named
    is_required = "" if column.nullable else " NOT NULL"
    default = "" if column.server_default is None else f" DEFAULT {_default(column.server_default, dialect)}"
    return f"{named} {type_of(column.type, dialect)}{is_required}{default}"


def _index(diff: tuple[Any, ...], dialect: Dialect, _is_new: bool) -> str:
    index: Index = diff[1]
    columns = ", ".join(_expression(each, dialect) for each in index.expressions)
    return f"{'unique ' if index.unique else ''}index {index.name} on {_of(index.table)} ({columns})"


def _constraint(diff: tuple[Any, ...], _dialect: Dialect, _is_new: bool) -> str:
    constraint: Constraint = diff[1]
    kind = "unique constraint" if isinstance(constraint, UniqueConstraint) else "constraint"
    columns = ", ".join(column.name for column in getattr(constraint, "columns", ()))
    return f"{kind}{_name(constraint)} on {_of(constraint.table)} ({columns})"


def _foreign_key(diff: tuple[Any, ...], _dialect: Dialect, _is_new: bool) -> str:
    key: ForeignKeyConstraint = diff[1]
    targets = [element.target_fullname for element in key.elements]
    parent = targets[0].rpartition(".")[0]
    referred = ", ".join(target.rpartition(".")[2] for target in targets)
    rules = [
        f" {words} {value.upper()}"
        for words, value in (("ON DELETE", key.ondelete), ("ON UPDATE", key.onupdate))
        if value
    ]
    timing = f" INITIALLY {key.initially.upper()}" if key.initially else ""
    columns = ", ".join(key.column_keys)
    return (
        f"foreign key{_name(key)} on {_of(key.parent)} ({columns}) "
        f"to {parent} ({referred}){''.join(rules)}{timing}"
    )


def _comment(diff: tuple[Any, ...], _dialect: Dialect, is_new: bool) -> str:
    table: Table = diff[1]
    return f"comment on table {_of(table)}" + (f" {table.comment!r}" if is_new else "")


def _of(table: Any) -> str:
    return _joined(table.schema, table.name)


def _name(constraint: Constraint) -> str:
    return f" {constraint.name}" if constraint.name else ""


def _expression(expression: Any, dialect: Dialect) -> str:
    if isinstance(expression, Column):
        return str(expression.name)
    try:
        return str(expression.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    except SQLAlchemyError:
        return str(expression)


def _default(default: Any, dialect: Dialect) -> str:
    argument = getattr(default, "arg", None)
    if argument is None:
        return type(default).__name__.lower()  # an identity, or a computed column
    return repr(argument) if isinstance(argument, str) else _expression(argument, dialect)


def _from_to(write: Callable[[Any, Dialect], str]) -> Callable[[Any, Any, Dialect], str]:
    return lambda before, after, dialect: f"from {write(before, dialect)} to {write(after, dialect)}"


def _or_none(write: Callable[[Any, Dialect], str]) -> Callable[[Any, Dialect], str]:
    return lambda value, dialect: "none" if value is None else write(value, dialect)


_MADE: dict[str, Callable[[tuple[Any, ...], Dialect, bool], str]] = {
    "table": _table,
    "column": _column,
    "index": _index,
    "constraint": _constraint,
    "fk": _foreign_key,
    "table_comment": _comment,
}
_ALTERED: dict[str, Callable[[Any, Any, Dialect], str]] = {
    "modify_type": _from_to(type_of),
    "modify_nullable": lambda _before, after, _dialect: "to take NULL" if after else "to NOT NULL",
    "modify_default": lambda before, after, dialect: (
        f"default {_from_to(_or_none(_default))(before, after, dialect)}"
    ),
    "modify_comment": lambda before, after, _dialect: f"comment from {before!r} to {after!r}",
}
