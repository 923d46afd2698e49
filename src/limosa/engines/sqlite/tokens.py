"""SQLite's own SQL as tokens of one spelling: for the same meaning the same, quoted or not, in any layout.

Keywords are written in capitals and names in small letters and double quotes, since SQLite
compares names without regard to case.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from limosa.engines.quoting import quote

Tokens = list[str]

_TOKEN = re.compile(
    r"""(?P<blank>\s+|--[^\n]*|/\*.*?(?:\*/|\Z))
      | (?P<text>[xX]?'(?:[^']|'')*')
      | (?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
      | (?P<number>0[xX][0-9a-fA-F]+|(?:\d[\d_]*(?:\.[\d_]*)?|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<word>[^\W\d][\w$]*)
      | (?P<sign>->>|->|\|\||<<|>>|<=|>=|<>|==|!=|.)""",
    re.VERBOSE | re.DOTALL,
)
_CLOCK = frozenset({"CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"})
_RESERVED_WORDS = """
ADD ALL ALTER AND AS AUTOINCREMENT BETWEEN CASE CHECK COLLATE COMMIT CONSTRAINT CREATE DEFAULT
DEFERRABLE DELETE DISTINCT DROP ELSE ESCAPE EXISTS FOREIGN FROM GROUP HAVING IN INDEX INSERT INTO IS
ISNULL JOIN LIMIT NOT NOTHING NOTNULL NULL ON OR ORDER PRIMARY REFERENCES SELECT SET TABLE THEN TO
TRANSACTION UNIQUE UPDATE USING VALUES WHEN WHERE"""
_OTHER_WORDS = """
ABORT ACTION AFTER ALWAYS ASC BEFORE BEGIN BY CASCADE CAST CONFLICT CROSS CURRENT DEFERRED DESC EACH
END EXCEPT EXCLUDE FAIL FALSE FILTER FIRST FOLLOWING FOR FULL GENERATED GLOB GROUPS IF IGNORE
IMMEDIATE INITIALLY INNER INSTEAD INTERSECT KEY LAST LEFT LIKE MATCH MATERIALIZED NATURAL NO NULLS
OF OFFSET OTHERS OUTER OVER PARTITION PRECEDING RAISE RANGE RECURSIVE REGEXP REPLACE RESTRICT
RETURNING RIGHT ROLLBACK ROW ROWS STORED TEMP TEMPORARY TIES TRIGGER TRUE UNBOUNDED UNION VIEW
VIRTUAL WINDOW WITH WITHOUT"""
_RESERVED = _CLOCK | frozenset(_RESERVED_WORDS.split())
"""Words that are no name unless they are quoted."""
_KEYWORDS = _RESERVED | frozenset(_OTHER_WORDS.split())


def tokens(sql: str, names: Collection[str] = ()) -> Tokens:
    """Split SQL into tokens of one spelling.

    ``names``, in small letters, are those of the tables and columns that the text may mean:
    of a word in double quotes that is none of them SQLite makes a text.
    """
    return [_spelled(match, names) for match in _TOKEN.finditer(sql) if match.lastgroup != "blank"]


def _spelled(match: re.Match[str], names: Collection[str]) -> str:
    text, kind = match[0], match.lastgroup
    if kind == "word":
        capital, small = text.upper(), text.lower()
        is_name = capital not in _RESERVED and (small in names or capital not in _KEYWORDS)
        return f'"{small}"' if is_name else capital
    if kind == "name":
        plain = bare(text)
        is_text = text[0] == '"' and plain.lower() not in names
        return quote(plain if is_text else plain.lower())
    if kind == "sign":
        return {"==": "=", "!=": "<>"}.get(text, text)
    return text.lower() if kind == "number" else text


def bare(token: str) -> str:
    """The name within its quotes, of whichever kind."""
    if token[:1] not in {'"', "'", "`", "["}:
        return token
    end = "]" if token[0] == "[" else token[0]
    return token[1:-1].replace(end * 2, end)


def texts(sql: str) -> Tokens:
    """Split SQL into tokens as they are written."""
    return [match[0] for match in _TOKEN.finditer(sql) if match.lastgroup != "blank"]


def closing(found: Sequence[str], start: int) -> int:
    """The place behind the bracket that closes the one at ``start``."""
    depth = 0
    for place in range(start, len(found)):
        depth += (found[place] == "(") - (found[place] == ")")
        if depth == 0:
            return place + 1
    return len(found)


def parts(found: Sequence[str]) -> Iterator[Tokens]:
    """Split at the commas that stand in no bracket."""
    depth, part = 0, Tokens()
    for word in found:
        depth += (word == "(") - (word == ")")
        if word == "," and not depth:
            yield part
            part = []
        else:
            part.append(word)
    yield part


def unwrapped(found: Sequence[str]) -> Tokens:
    """Take off brackets that hold all of an expression."""
    inner = list(found)
    while inner[:1] == ["("] and closing(inner, 0) == len(inner):
        inner = inner[1:-1]
    return inner


def expression(found: Sequence[str], names: Collection[str]) -> str:
    """An expression in one spelling, without brackets around all of it."""
    return written(tokens(" ".join(unwrapped(found)), names))


def written(found: Sequence[str]) -> str:
    """The tokens as one line."""
    line = ""
    for before, word in pairwise(["(", *found]):
        is_close = before == "(" or word in {")", ","} or (word == "(" and before.endswith('"'))
        line += word if is_close else f" {word}"
    return line
