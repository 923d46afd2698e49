"""A script of PostgreSQL's as single statements: drivers that prepare a statement take one at a time."""

from __future__ import annotations

import re
from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+|--[^\n]*(?:\n|$))
  | (?P<comment>/\*)
  | (?P<quoted>[eE]'(?:[^'\\]|\\.|'')*' | '(?:[^']|'')*' | "(?:[^"]|"")*")
  | (?P<dollar>\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]*)?\$)
  | (?P<word>[A-Za-z_\x80-\uffff][\w$\x80-\uffff]*)
  | (?P<end>;)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


def statements(script: str) -> Iterator[str]:
    """Yield each statement without its semicolon, and without the comments before it."""
    start: int | None = None
    position, depth, before = 0, 0, ""
    while position < len(script):
        match = _TOKEN.match(script, position)
        assert match is not None
        kind, position = match.lastgroup, match.end()
        if kind == "blank":
            continue
        if kind == "comment":
            position = _end_of_comment(script, position)
            continue
        if kind == "dollar":
            position = script.index(match.group(), position) + len(match.group())
        if kind == "end" and depth == 0:
            if start is not None:
                yield script[start : match.start()].rstrip()
            start, before = None, ""
            continue
        start = match.start() if start is None else start
        if kind == "word":
            word = match.group().upper()
            depth = _depth(depth, before, word)
            before = word
    if start is not None:
        yield script[start:].rstrip()


def _depth(depth: int, before: str, word: str) -> int:
    """How deep in the body of an SQL-standard function we are; its statements end with semicolons, too."""
    if depth == 0:
        return 1 if (before, word) == ("BEGIN", "ATOMIC") else 0
    return depth + 1 if word == "CASE" else depth - 1 if word == "END" else depth


def _end_of_comment(script: str, position: int) -> int:
    depth = 1
    for match in re.compile(r"/\*|\*/").finditer(script, position):
        depth += 1 if match.group() == "/*" else -1
        if depth == 0:
            return match.end()
    return len(script)
