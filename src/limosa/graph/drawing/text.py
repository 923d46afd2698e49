"""The graph as lines of text, as ``git log --graph`` has it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from limosa.graph.drawing.lanes import Lanes, Row, rows_of
from limosa.graph.drawing.wording import MEANINGS, SIGNS, extents, marks, plain, standing
from limosa.model.picture import Node, Picture

_UP, _DOWN, _LEFT, _RIGHT = 1, 2, 4, 8
_CHARACTERS = " ╵╷│╴╯╮┤╶╰╭├─┴┬┼"
"""By the sum of the ways that lead out of a cell."""
_ASCII = str.maketrans("╵╷│╴╯╮┤╶╰╭├─┴┬┼┊●◐○", "|||-/\\|-\\/|--++:#%o")


def as_text(picture: Picture, *, is_ascii: bool = False) -> str:
    """Draw the graph; ``is_ascii`` for where the lines and circles cannot be printed."""
    lines = [line for row in rows_of(picture) for line in _lines(row)]
    signs = "   ".join(f"{SIGNS[extent]} {MEANINGS[extent]}" for extent in extents(picture))
    below = [*([signs] if signs else []), *(standing(place) for place in picture.places)]
    text = "".join(f"{line}\n" for line in (*lines, *([""] if lines and below else []), *below))
    return text.translate(_ASCII) if is_ascii else text


def _lines(row: Row) -> Iterator[str]:
    arriving, leaving = row.arriving, row.leaving
    if len(arriving) > 1:
        yield _connection(row.above, row.column, arriving, _UP)
    passing = [
        None if edge is None or edge.parent == row.node.id else ("┊" if edge.is_dependency else "│")
        for edge in row.above
    ]
    cells = [sign or " " for sign in passing]
    cells += [" "] * (row.column + 1 - len(cells))
    cells[row.column] = SIGNS[row.node.extent]
    yield f"{' '.join(cells).rstrip()} {_label(row.node)}"
    if any(place != row.column for place in leaving):
        yield _connection(row.below, row.column, leaving, _DOWN)


def _connection(lanes: Lanes, column: int, ends: Iterable[int], side: int) -> str:
    """Draw the line on which several lanes become one (``side`` is up), or one becomes several (down)."""
    others = [place for place in ends if place != column]
    is_going_on = column in ends or side == _UP
    ways = [0 if edge is None or place in others else _UP | _DOWN for place, edge in enumerate(lanes)]
    ways += [0] * (max(column, *others) + 1 - len(ways))
    ways[column] = _UP | _DOWN if is_going_on else _UP
    gaps = [False] * len(ways)
    for place in others:
        low, high = min(column, place), max(column, place)
        ways[place] |= side
        ways[low] |= _RIGHT
        ways[high] |= _LEFT
        for between in range(low + 1, high):
            ways[between] |= _LEFT | _RIGHT
        gaps[low:high] = [True] * (high - low)
    dashed = {place for place, edge in enumerate(lanes) if edge is not None and edge.is_dependency}
    cells = (
        ("┊" if way == _UP | _DOWN and place in dashed else _CHARACTERS[way]) + ("─" if is_crossed else " ")
        for place, (way, is_crossed) in enumerate(zip(ways, gaps, strict=True))
    )
    return "".join(cells).rstrip()


def _label(node: Node) -> str:
    found = marks(node)
    text = f"{node.id}{' (' + ', '.join(found) + ')' if found else ''} {plain(node.message)}".rstrip()
    return f"{text}  <- {', '.join(node.current_in)}" if node.current_in else text
