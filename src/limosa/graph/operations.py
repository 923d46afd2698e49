"""What the functions of a revision do, read from their text and never run."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping, Sequence

from limosa.graph.created import constants_of, text_of
from limosa.model.operation import Operation

_LONGEST = 400
_NO_CHANGE = frozenset({"get_bind", "get_context", "inline_literal"})
_OF_COLUMNS = frozenset({"add_column", "drop_column", "alter_column"})
_NAMES = ("table_name", "source_table", "index_name", "constraint_name", "old_table_name", "sqltext")


def operations_of(source: str, function: str) -> tuple[Operation, ...]:
    """Return what ``upgrade`` or ``downgrade`` does; nothing where it is not there."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return ()
    found = next(
        (node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == function), None
    )
    if found is None:
        return ()
    own = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    reading = _Reading(_operation_names(tree), own, _Words(constants_of(tree)))
    return tuple(reading.of(found.body, {}, ()))


def _operation_names(tree: ast.Module) -> frozenset[str]:
    """Names by which the file knows ``alembic.op``."""
    names = {"op", "alembic.op"}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "alembic":
            names |= {alias.asname or alias.name for alias in node.names if alias.name == "op"}
    return frozenset(names)


class _Reading:
    """Walks the statements of a function; a batch knows the table that its operations are for."""

    def __init__(self, names: frozenset[str], own: set[str], words: _Words) -> None:
        self._names = names
        self._own = own
        self._words = words

    def of(
        self, body: Sequence[ast.stmt], batches: Mapping[str, str], around: tuple[str, ...]
    ) -> Iterator[Operation]:
        """Yield the operations of statements in their order."""
        for statement in body:
            match statement:
                case ast.With(items=items, body=inner):
                    yield from self.of(inner, {**batches, **self._batches(items)}, around)
                case ast.If(test=test, body=inner, orelse=other):
                    yield from self.of(inner, batches, (*around, f"if {_short(test)}"))
                    yield from self.of(other, batches, (*around, f"if not ({_short(test)})"))
                case ast.For(target=target, iter=values, body=inner):
                    yield from self.of(inner, batches, (*around, f"for {_short(target)} in {_short(values)}"))
                case ast.While(test=test, body=inner):
                    yield from self.of(inner, batches, (*around, f"while {_short(test)}"))
                case ast.Try(body=inner, orelse=other, finalbody=last):
                    yield from self.of([*inner, *other, *last], batches, around)
                case ast.FunctionDef() | ast.ClassDef():
                    pass
                case _:
                    yield from self._calls(statement, batches, ", ".join(around))

    def _batches(self, items: Sequence[ast.withitem]) -> dict[str, str]:
        """Names that stand for a batch, and the table of each."""
        found = {}
        for item in items:
            match item:
                case ast.withitem(context_expr=ast.Call() as call, optional_vars=ast.Name(id=name)):
                    if _method(call) == "batch_alter_table":
                        found[name] = self._words.argument(call.args[0]) if call.args else "?"
        return found

    def _calls(self, statement: ast.stmt, batches: Mapping[str, str], condition: str) -> Iterator[Operation]:
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr != "f":
                owner = ast.unparse(node.func.value)
                if owner in self._names or owner in batches:
                    yield self._words.operation(node.func.attr, node, batches.get(owner), condition)
        match statement:
            case ast.Expr(value=ast.Call(func=ast.Name(id=name), args=given)) if name in self._own:
                told = self._words.arguments(given)
                yield Operation("call", f"{name}()", told, statement.lineno, condition)


class _Words:
    """Puts calls into words; it knows the names that stand for a text."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def operation(self, name: str, call: ast.Call, table: str | None, condition: str) -> Operation:
        """Say what one operation of Alembic's does."""
        if name == "execute":
            sql = self._sql(call.args[0]) if call.args else ""
            return Operation("run SQL", "", sql, call.lineno, condition)
        if name in _NO_CHANGE:
            return Operation("use", f"op.{name}()", "", call.lineno, condition)
        keywords = {each.arg: each.value for each in call.keywords if each.arg}
        subject, rest = self._subject(name, call, table, keywords)
        schema = text_of(keywords.pop("schema", None), self._texts)
        if schema:
            subject = f"{schema}.{subject}"
        detail = ", ".join(part for part in (self.arguments(rest), self._keywords(keywords)) if part)
        return Operation(name.replace("_", " "), subject, _cut(detail), call.lineno, condition)

    def _subject(
        self, name: str, call: ast.Call, table: str | None, keywords: Mapping[str, ast.expr]
    ) -> tuple[str, Sequence[ast.expr]]:
        """What it is done to, and the arguments that say more."""
        if not call.args:
            named = next((self.argument(keywords[each]) for each in _NAMES if each in keywords), "")
            return (named if table is None else f"{table}.{named}"), ()
        first, *rest = call.args
        if table is None and (name not in _OF_COLUMNS or not rest):
            return self.argument(first), rest
        owner, column = (self.argument(first), rest[0]) if table is None else (table, first)
        more = rest[1:] if table is None else rest
        return f"{owner}.{self._column(column)}", ([column, *more] if isinstance(column, ast.Call) else more)

    def _column(self, node: ast.expr) -> str:
        """The name of a column, given as text or as a Column."""
        return self.argument(node.args[0] if isinstance(node, ast.Call) and node.args else node)

    def arguments(self, nodes: Sequence[ast.expr]) -> str:
        """Return arguments in words."""
        return ", ".join(self.argument(node) for node in nodes)

    def argument(self, node: ast.expr) -> str:
        """Return a text as it is, a column by name and type, anything else as it is written."""
        text = text_of(node, self._texts)
        if text is not None:
            return text
        if isinstance(node, ast.Call) and _method(node) == "Column" and node.args:
            return " ".join([self.argument(node.args[0]), *(_short(each) for each in node.args[1:2])])
        return _short(node)

    def _keywords(self, keywords: Mapping[str, ast.expr]) -> str:
        return ", ".join(f"{name}={_short(value)}" for name, value in keywords.items() if name not in _NAMES)

    def _sql(self, node: ast.expr) -> str:
        if isinstance(node, ast.Call) and _method(node) == "text" and node.args:
            node = node.args[0]
        text = text_of(node, self._texts)
        if text is None and isinstance(node, ast.JoinedStr):
            text = "".join(self._part(part) for part in node.values)
        return _cut(" ".join((ast.unparse(node) if text is None else text).split()))

    def _part(self, part: ast.expr) -> str:
        """A piece of an f-string: its text, or what is put in, in braces."""
        if isinstance(part, ast.FormattedValue):
            return f"{{{ast.unparse(part.value)}}}"
        return self.argument(part)


def _method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _short(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split()).replace("sa.", "")
    return text if len(text) <= _LONGEST // 4 else f"{text[: _LONGEST // 4]}…"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
