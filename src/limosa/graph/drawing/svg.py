"""The graph as SVG: one revision a line, its lanes on the left, its words on the right.

What stands beside a revision is set in a monospaced font whose width is imposed
(``textLength``), so that nothing overlaps whatever fonts the reader has. The colours follow
the reader's choice of dark or light, and the picture brings its own background.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from html import escape

from limosa.graph.drawing.lanes import Row, rows_of, width_of
from limosa.graph.drawing.wording import MEANINGS, extents, marks, plain, standing, summary
from limosa.model.picture import Node, Picture

_LANE, _ROW, _MARGIN = 18, 26, 20
_NOTE = 18
_RADIUS = 5.5
_CHARACTER = 7.25
"""The width that a character of the monospaced font is given, in pixels."""
_HUES = 6
_LONGEST_MESSAGE = 100
_NARROWEST = 460
_STYLE = """
.paper { fill: #ffffff; }
text { font: 12px Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #1f2328; }
.title { font-weight: bold; font-size: 14px; }
.faint { fill: #57606a; }
.tag { fill: #ddf4ff; } .tagged { fill: #0550ae; }
.here { fill: #dafbe1; } .hereby { fill: #116329; }
.edge { fill: none; stroke-width: 2; }
.dashed { stroke-dasharray: 4 4; }
.node { stroke-width: 2; } .nowhere, .unknown { fill: #ffffff; }
.e0 { stroke: #0969da; } .e1 { stroke: #bc4c00; } .e2 { stroke: #1a7f37; }
.e3 { stroke: #8250df; } .e4 { stroke: #bf3989; } .e5 { stroke: #4d5a66; }
.everywhere.e0 { fill: #0969da; } .everywhere.e1 { fill: #bc4c00; } .everywhere.e2 { fill: #1a7f37; }
.everywhere.e3 { fill: #8250df; } .everywhere.e4 { fill: #bf3989; } .everywhere.e5 { fill: #4d5a66; }
.somewhere { fill: #d4a72c; }
@media (prefers-color-scheme: dark) {
.paper, .nowhere, .unknown { fill: #0d1117; }
text { fill: #e6edf3; } .faint { fill: #9198a1; }
.tag { fill: #0c2d6b; } .tagged { fill: #a5d6ff; }
.here { fill: #033a16; } .hereby { fill: #7ee787; }
.e0 { stroke: #58a6ff; } .e1 { stroke: #f0883e; } .e2 { stroke: #3fb950; }
.e3 { stroke: #bc8cff; } .e4 { stroke: #f778ba; } .e5 { stroke: #9198a1; }
.everywhere.e0 { fill: #58a6ff; } .everywhere.e1 { fill: #f0883e; } .everywhere.e2 { fill: #3fb950; }
.everywhere.e3 { fill: #bc8cff; } .everywhere.e4 { fill: #f778ba; } .everywhere.e5 { fill: #9198a1; }
}
"""


def as_svg(picture: Picture, *, title: str = "Revisions") -> str:
    """Draw the graph as a document of its own."""
    rows = list(rows_of(picture))
    top = _MARGIN + 22 + _NOTE * (len(picture.places) + bool(extents(picture)))
    words_at = _MARGIN + _LANE * width_of(rows) + 6
    notes = (standing(place) for place in picture.places)
    widths = (_NARROWEST, *(words_at + _words_width(row.node) for row in rows), *map(_width, notes))
    width, height = round(max(widths) + 2 * _MARGIN), round(top + _ROW * len(rows) + _MARGIN)
    return "\n".join(
        (
            '<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="title desc"',
            f' width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
            f'<title id="title">{escape(plain(title))}</title>',
            f'<desc id="desc">{escape(plain(summary(picture)))}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect class="paper" width="{width}" height="{height}"/>',
            *_heading(picture, title),
            *_edges(rows, top),
            *(_node(row, place, top, words_at) for place, row in enumerate(rows)),
            "</svg>\n",
        )
    )


def _heading(picture: Picture, title: str) -> Iterator[str]:
    """Write the title, what the circles mean, and where each database stands."""
    yield _text(_MARGIN, _MARGIN + 8, plain(title), "title", is_forced=False)
    x, y = float(_MARGIN), float(_MARGIN + 28)
    for extent in extents(picture):
        yield f'<circle class="node {extent.value} e0" cx="{x + _RADIUS:g}" cy="{y - 4:g}" r="{_RADIUS}"/>'
        yield _text(x + 18, y, MEANINGS[extent], "faint")
        x += _width(MEANINGS[extent]) + 36
    first = y + _NOTE if extents(picture) else y
    for number, place in enumerate(picture.places):
        yield _text(_MARGIN, first + _NOTE * number, standing(place), "faint", is_forced=False)


def _edges(rows: Sequence[Row], top: float) -> Iterator[str]:
    at = {row.node.id: (row.column, place) for place, row in enumerate(rows)}
    for place, row in enumerate(rows):
        for lane in row.leaving:
            edge = row.below[lane]
            assert edge is not None
            end_column, end = at[edge.parent]
            path = _path((row.column, place), lane, (end_column, end), top)
            dashed = " dashed" if edge.is_dependency else ""
            yield f'<path class="edge e{lane % _HUES}{dashed}" d="{path}"/>'


def _path(start: tuple[int, int], lane: int, end: tuple[int, int], top: float) -> str:
    """Lead from one revision into the lane of the edge, down in it, and out of it into the other."""
    (start_column, first), (end_column, last) = start, end
    x, y = _x(lane), _y(first, top)
    path = f"M{_x(start_column)} {y}"
    if lane != start_column and (last - first > 1 or lane == end_column):
        path += _curve(_x(start_column), y, x, y + _ROW)
    if lane != end_column:
        begin = _y(last, top) - _ROW
        from_x = x if last - first > 1 or lane == start_column else _x(start_column)
        return f"{path}V{begin}" + _curve(from_x, begin, _x(end_column), begin + _ROW)
    return f"{path}V{_y(last, top)}"


def _curve(x: float, y: float, to_x: float, to_y: float) -> str:
    middle = (y + to_y) / 2
    return f"C{x} {middle:g} {to_x} {middle:g} {to_x} {to_y}"


def _node(row: Row, place: int, top: float, words_at: float) -> str:
    node, y = row.node, _y(place, top)
    circle = (
        f'<circle class="node {node.extent.value} e{row.column % _HUES}" '
        f'cx="{_x(row.column)}" cy="{y}" r="{_RADIUS}"/>'
    )
    return f"<g><title>{escape(_whole(node))}</title>{circle}{''.join(_words(node, words_at, y + 4))}</g>"


def _words(node: Node, x: float, y: float) -> Iterator[str]:
    """Write the id, the tags and the message side by side."""
    yield _text(x, y, node.id)
    x += _width(node.id) + 8
    for kind, ink, word in _tags(node):
        width = _width(word) + 10
        yield f'<rect class="{kind}" x="{x:g}" y="{y - 13:g}" width="{width:g}" height="18" rx="9"/>'
        yield _text(x + 5, y, word, ink)
        x += width + 6
    if node.message:
        yield _text(x, y, _short(node), "faint")


def _tags(node: Node) -> Iterator[tuple[str, str, str]]:
    yield from (("tag", "tagged", mark) for mark in marks(node))
    yield from (("here", "hereby", plain(name)) for name in node.current_in)


def _words_width(node: Node) -> float:
    tags = sum(_width(word) + 16 for _, _, word in _tags(node))
    return _width(node.id) + 8 + tags + _width(_short(node))


def _short(node: Node) -> str:
    text = plain(node.message)
    return text if len(text) <= _LONGEST_MESSAGE else f"{text[: _LONGEST_MESSAGE - 1]}…"


def _whole(node: Node) -> str:
    after = ", ".join(node.parents) or "nothing"
    where = f" in {', '.join(node.applied_in)}" if node.applied_in else ""
    return f"{node.id}, after {after}: {plain(node.message)} ({MEANINGS[node.extent]}{where})"


def _text(x: float, y: float, text: str, kind: str = "", *, is_forced: bool = True) -> str:
    chosen = f' class="{kind}"' if kind else ""
    forced = f' textLength="{_width(text):g}" lengthAdjust="spacingAndGlyphs"' if is_forced else ""
    return f'<text{chosen} x="{x:g}" y="{y:g}"{forced}>{escape(text)}</text>'


def _width(text: str) -> float:
    """Return the width of a text; East Asian characters take two places, marks above others none."""
    places = sum(
        0 if unicodedata.combining(sign) else 2 if unicodedata.east_asian_width(sign) in "WF" else 1
        for sign in text
    )
    return places * _CHARACTER


def _x(column: int) -> float:
    return _MARGIN + _LANE * column + _LANE / 2


def _y(place: int, top: float) -> float:
    return top + _ROW * place + _ROW / 2
