"""One CREATE TABLE of SQLite's, read into what it means, so that each way to write it gives the same.

A key, a check or a reference that stands with its column is the table's; what is the default
anyway is left out (https://www.sqlite.org/lang_createtable.html).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from limosa.engines.quoting import quote
from limosa.engines.sqlite.tokens import (
    Tokens,
    bare,
    closing,
    expression,
    parts,
    texts,
    tokens,
    unwrapped,
    written,
)

_OF_TABLE = frozenset({"CONSTRAINT", "PRIMARY", "UNIQUE", "FOREIGN", "CHECK"})
_OF_COLUMN = _OF_TABLE | frozenset({"NOT", "NULL", "DEFAULT", "COLLATE", "REFERENCES", "GENERATED", "AS"})
_CONSTANTS = frozenset({"NULL", "TRUE", "FALSE", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"})


@dataclass(slots=True)
class Column:
    """A column; its definition without what belongs to the table."""

    name: str
    type: str
    not_null: str = ""
    default: str = ""
    collation: str = ""
    generated: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """A foreign key; ``referred`` is empty where the parent's primary key is meant."""

    name: str
    columns: str
    parent: str
    referred: str
    rules: str


@dataclass(slots=True)
class Table:
    """A table as its statement has it."""

    name: str
    columns: list[Column] = field(default_factory=list)
    primary_key: tuple[str, ...] = ()
    rules: list[tuple[str, str]] = field(default_factory=list)
    """Constraints: the name, empty where it has none, and the text."""
    keys: list[Key] = field(default_factory=list)
    options: tuple[str, ...] = ()

    @property
    def names(self) -> frozenset[str]:
        """The columns, in small letters."""
        return frozenset(column.name.lower() for column in self.columns)

    def definitions(self, tables: Mapping[str, Table]) -> Iterator[tuple[str, str]]:
        """Name and text of each constraint; the other tables tell what a reference without columns means."""
        yield from self.rules
        for key in self.keys:
            parent = tables.get(key.parent)
            referred = key.referred or ("" if parent is None else ", ".join(parent.primary_key))
            text = f"FOREIGN KEY ({key.columns}) REFERENCES {quote(key.parent)} ({referred})"
            yield key.name, f"{text} {key.rules}".rstrip()


def read_table(name: str, sql: str) -> Table:
    """Read a CREATE TABLE statement as SQLite keeps it."""
    return _Reader(name, texts(sql)).table


class _Reader:
    """Reads the tokens of one statement, from left to right."""

    def __init__(self, name: str, found: Tokens) -> None:
        self.table = Table(name)
        opening = found.index("(")
        end = closing(found, opening)
        bodies = [part for part in parts(found[opening + 1 : end - 1]) if part]
        columns = [part for part in bodies if part[0].upper() not in _OF_TABLE]
        for part in columns:  # all of them first: an expression may mean any
            self.table.columns.append(Column(bare(part[0]), _type(part)))
        self.names = self.table.names
        for column, part in zip(self.table.columns, columns, strict=True):
            self._constraints(part[1 + _type_length(part) :], column)
        for part in bodies:
            if part[0].upper() in _OF_TABLE:
                self._constraints(part, None)
        self.table.options = tuple(sorted(" ".join(part).upper() for part in parts(found[end:]) if part))
        self._imply()

    def _imply(self) -> None:
        """A key that cannot be NULL anyway is not told so again."""
        key = self.table.primary_key
        of_key = [column for column in self.table.columns if quote(column.name.lower()) in key]
        is_rowid = len(of_key) == 1 == len(key) and of_key[0].type == "INTEGER"
        if is_rowid or {"STRICT", "WITHOUT ROWID"} & {*self.table.options}:
            for column in of_key:
                column.not_null = ""

    # -- tokens ------------------------------------------------------------------------------

    def _constraints(self, left: Tokens, column: Column | None) -> None:
        self.left, self.column = left, column
        name = ""
        while self.left:
            word = self._next().upper()
            if word == "CONSTRAINT":
                name = bare(self._next())
                continue
            read = self._READERS.get(word)
            if read is not None:
                read(self, name)
            name = ""

    def _next(self) -> str:
        return self.left.pop(0) if self.left else ""

    def _group(self) -> Tokens:
        """The tokens within the brackets that come next."""
        end = closing(self.left, 0)
        group, self.left = self.left[1 : end - 1], self.left[end:]
        return group

    def _takes(self, *words: str) -> bool:
        """Are these the next words? Then they are taken."""
        is_next = tuple(token.upper() for token in self.left[: len(words)]) == words
        if is_next:
            del self.left[: len(words)]
        return is_next

    def _conflict(self) -> str:
        if not self._takes("ON", "CONFLICT"):
            return ""
        how = self._next().upper()
        return "" if how == "ABORT" else f" ON CONFLICT {how}"

    def _own_column(self) -> list[Tokens]:
        """The columns in the brackets that come next, or the column where the constraint stands."""
        if self.left[:1] == ["("]:
            return list(parts(self._group()))
        assert self.column is not None
        return [[quote(self.column.name)]]

    def _listed(self, columns: list[Tokens]) -> tuple[str, ...]:
        return tuple(written(tokens(" ".join(_without(column, "ASC")), self.names)) for column in columns)

    # -- constraints -------------------------------------------------------------------------

    def _primary_key(self, name: str) -> None:
        self._takes("KEY")
        is_own = self.left[:1] != ["("]
        columns = self._own_column()
        # a column that is its own key and DESC is no alias of the rowid; in a list of the table's it is
        quirk = " DESC" if is_own and self._takes("DESC") else ""
        self._takes("ASC")
        conflict = self._conflict()
        counts = self._takes("AUTOINCREMENT") or any("AUTOINCREMENT" in _upper(column) for column in columns)
        listed = self._listed([_without(column, "AUTOINCREMENT") for column in columns])
        self.table.primary_key = listed
        text = f"PRIMARY KEY ({', '.join(listed)}){quirk}{conflict}{' AUTOINCREMENT' if counts else ''}"
        self.table.rules.append((name, text))

    def _unique(self, name: str) -> None:
        listed = self._listed(self._own_column())
        self.table.rules.append((name, f"UNIQUE ({', '.join(listed)}){self._conflict()}"))

    def _check(self, name: str) -> None:
        self.table.rules.append((name, f"CHECK ({expression(self._group(), self.names)})"))
        self._conflict()

    def _not_null(self, _name: str) -> None:
        if self._takes("NULL") and self.column is not None:
            self.column.not_null = f"NOT NULL{self._conflict()}"

    def _null(self, _name: str) -> None:
        self._conflict()

    def _default(self, _name: str) -> None:
        assert self.column is not None
        if self.left[:1] == ["("]:
            value = unwrapped(self._group())
            is_word = False
        else:
            value = [self._next()] if self.left[:1] not in (["+"], ["-"]) else [self._next(), self._next()]
            is_word = value[0][0].isalpha() and value[0].upper() not in _CONSTANTS and "'" not in value[0]
        if len(value) == 1 and (is_word or value[0][0] in '"`['):
            # where no column can be meant, a name is a text
            value = ["'" + bare(value[0]).replace("'", "''") + "'"]
        self.column.default = f"DEFAULT {expression(value, frozenset())}"

    def _collate(self, _name: str) -> None:
        assert self.column is not None
        collation = bare(self._next()).upper()
        self.column.collation = "" if collation == "BINARY" else f"COLLATE {collation}"

    def _generated(self, _name: str) -> None:
        self._takes("ALWAYS", "AS")
        assert self.column is not None
        text = expression(self._group(), self.names)
        stored = " STORED" if self._takes("STORED") else ""
        self._takes("VIRTUAL")
        self.column.generated = f"GENERATED ALWAYS AS ({text}){stored}"

    def _foreign_key(self, name: str) -> None:
        self._takes("KEY")
        columns = self._listed(self._own_column())
        self._takes("REFERENCES")
        self._referring(name, columns)

    def _references(self, name: str) -> None:
        self._referring(name, self._listed(self._own_column()))

    def _referring(self, name: str, columns: tuple[str, ...]) -> None:
        parent = bare(self._next()).lower()
        group = parts(self._group()) if self.left[:1] == ["("] else ()
        referred = ", ".join(quote(bare(column[0]).lower()) for column in group)
        self.table.keys.append(Key(name, ", ".join(columns), parent, referred, self._rules()))

    def _rules(self) -> str:
        rules: dict[str, str] = {}
        while self.left:
            if self._takes("ON"):
                event = self._next().upper()
                action = self._next().upper()
                action += f" {self._next().upper()}" if action in {"SET", "NO"} else ""
                rules[event] = f"ON {event} {action}" if action != "NO ACTION" else ""
            elif self._takes("MATCH"):
                self._next()  # read by SQLite, and not heeded
            elif self._takes("NOT", "DEFERRABLE"):
                self._takes("INITIALLY", "DEFERRED") or self._takes("INITIALLY", "IMMEDIATE")
            elif self._takes("DEFERRABLE"):
                # every other word means what is meant without it
                rules["WHEN"] = (
                    "DEFERRABLE INITIALLY DEFERRED" if self._takes("INITIALLY", "DEFERRED") else ""
                )
                self._takes("INITIALLY", "IMMEDIATE")
            else:
                break
        return " ".join(text for _, text in sorted(rules.items()) if text)

    _READERS: ClassVar[dict[str, Callable[[_Reader, str], None]]] = {
        "PRIMARY": _primary_key,
        "UNIQUE": _unique,
        "CHECK": _check,
        "NOT": _not_null,
        "NULL": _null,
        "DEFAULT": _default,
        "COLLATE": _collate,
        "GENERATED": _generated,
        "AS": _generated,
        "FOREIGN": _foreign_key,
        "REFERENCES": _references,
    }


def _type_length(part: Tokens) -> int:
    depth = 0
    for place, word in enumerate(part[1:]):
        depth += (word == "(") - (word == ")")
        if depth == 0 and word.upper() in _OF_COLUMN:
            return place
    return len(part) - 1


def _type(part: Tokens) -> str:
    words = [bare(word).upper() for word in part[1 : 1 + _type_length(part)]]
    return written(words).replace(" (", "(")


def _upper(found: Tokens) -> Tokens:
    return [word.upper() for word in found]


def _without(found: Tokens, left_out: str) -> Tokens:
    return [word for word in found if word.upper() != left_out]
