"""The drawings of the graph: what stands on what can be read from each, and nothing lies on anything else."""

from __future__ import annotations

import re
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable

import pytest

from limosa.graph.drawing import as_mermaid, as_svg, as_text
from limosa.graph.drawing.lanes import rows_of
from limosa.model.picture import Extent, Node, Picture, Place
from limosa.model.status import State

SVG = "{http://www.w3.org/2000/svg}"


def node(
    name: str,
    *parents: str,
    needs: tuple[str, ...] = (),
    message: str = "",
    extent: Extent = Extent.UNKNOWN,
    current_in: tuple[str, ...] = (),
) -> Node:
    """Make a node; whether it is a head does not matter to the drawing."""
    return Node(name, message, parents, needs, (), False, extent, (), current_in)


def drawn(*nodes: Node) -> list[str]:
    """Return the lines of the text without what is beside the graph."""
    return as_text(Picture(nodes, ())).splitlines()


def test_a_line_needs_no_connection() -> None:
    """Each revision is a line."""
    assert drawn(node("c", "b"), node("b", "a"), node("a")) == ["* c", "* b", "* a"]


def test_a_merge_opens_where_it_joins_and_closes_where_it_branched() -> None:
    """Both sides can be followed from the merge to the point where they branched."""
    assert drawn(
        node("d", "b", "c"),
        node("b", "a"),
        node("c", "a"),
        node("a"),
    ) == [
        "* d",
        "├─╮",
        "* │ b",
        "│ * c",
        "├─╯",
        "* a",
    ]


def test_five_branches_end_in_one() -> None:
    """Each has a lane of its own down to the revision that they have in common."""
    tips = [node(f"b{number}", "a") for number in range(5)]
    assert drawn(*tips, node("a")) == [
        "* b0",
        "│ * b1",
        "│ │ * b2",
        "│ │ │ * b3",
        "│ │ │ │ * b4",
        "├─┴─┴─┴─╯",
        "* a",
    ]


def test_lanes_are_crossed_visibly() -> None:
    """A lane that goes on under a joining one is a crossing, and not a joint."""
    assert drawn(
        node("d", "a", "b", "c"),
        node("c", "a"),
        node("b"),
        node("a"),
    ) == [
        "* d",
        "├─┬─╮",
        "│ │ * c",
        "│ * │ b",
        "├───╯",
        "* a",
    ]
    assert drawn(node("e", "a"), node("d", "b"), node("c", "a"), node("a"), node("b"))[3:5] == [
        "├─┼─╯",
        "* │ a",
    ]


def test_dependencies_are_dashed() -> None:
    """What a revision depends on is told from what it follows; twice the same is drawn once."""
    assert drawn(node("c", "b", needs=("a", "b")), node("b"), node("a")) == [
        "* c",
        "├─╮",
        "* ┊ b",
        "  * a",
    ]


def test_edges_out_of_the_picture_are_left_out() -> None:
    """A range may cut the graph anywhere."""
    assert drawn(node("d", "c", "x"), node("c", "b", needs=("y",))) == ["* d", "* c"]
    assert as_text(Picture((), ())) == ""
    ET.fromstring(as_svg(Picture((), ())))


def test_what_is_applied_where() -> None:
    """Circles say how many databases have it, arrows where each stands, and the end explains both."""
    places = (
        Place("staging", State.AT_HEAD, ("c",), "sqlite:///s.db", None),
        Place("production", State.UNREACHABLE, (), "unknown", "variable 'X'\nis not set"),
    )
    nodes = (
        node("c", "b", extent=Extent.NOWHERE),
        node("b", "a", extent=Extent.SOMEWHERE, current_in=("staging",)),
        node("a", extent=Extent.EVERYWHERE, message="the\x1b[31m start\nof all"),
    )

    assert as_text(Picture(nodes, places)).splitlines() == [
        "○ c",
        "◐ b  <- staging",
        "● a the [31m start of all",
        "",
        "● applied   ◐ applied in some of the databases   ○ not applied",
        "staging: at head, c",
        "production: unreachable, variable 'X' is not set",
    ]
    assert as_text(Picture(nodes, places), is_ascii=True).isascii()


def test_mermaid_keeps_every_sign_of_a_text() -> None:
    """Quotes, brackets and the like are written as numbers, so that none can end a label."""
    nodes = (
        node('b"]', "a", needs=("n",), message="<b>end; %% --> x"),
        node("a", extent=Extent.EVERYWHERE),
        node("n"),
    )

    text = as_mermaid(Picture(nodes, ()))

    assert text.splitlines()[0] == "flowchart BT"
    assert "    r1 --> r2\n" in text
    assert "    r0 -.-> r2\n" in text
    assert "b#34;#93;" in text
    labels = re.findall(r'\["(.*)"\]', text)
    assert len(labels) == 3
    assert all(re.fullmatch(r"(?:[\w .,-]|#\d+;|<br/>)*", label) for label in labels)


def wide_graph() -> tuple[Node, ...]:
    """Branches, merges, long words, wide signs and many tags."""
    wide = "数据库迁移 " * 20
    return (
        node("9", "7", "8", message="x" * 500, current_in=("production", "staging", "a & b")),
        node("8", "1", needs=("2",), message=wide),
        node("7", "5", "6", message="é́ combining"),
        *(node(str(number), "1", message="<tag> & 'quotes'") for number in (6, 5, 4, 3, 2)),
        node("1", extent=Extent.EVERYWHERE, current_in=("x",)),
    )


def test_svg_is_described_and_escaped() -> None:
    """It is well formed whatever stands in a message, and has a title and a description."""
    picture = Picture(wide_graph(), (Place("prod", State.BEHIND, ("7",), "url", None),))

    root = ET.fromstring(as_svg(picture, title="Revisions of <b>\x00"))

    assert root.get("role") == "img"
    names = (root.get("aria-labelledby") or "").split()
    assert [one.text for one in (root.find(f".//*[@id='{name}']") for name in names) if one is not None] == [
        "Revisions of <b>",
        "9 revisions, newest first. prod: behind, 7.",
    ]
    style = root.findtext(f"{SVG}style") or ""
    assert "prefers-color-scheme: dark" in style


def boxes(root: ET.Element) -> Iterable[tuple[str, float, float, float, float]]:
    """Yield each text of a revision as the box that it is forced into."""
    for text in root.iter(f"{SVG}text"):
        width = text.get("textLength")
        if width is not None:
            x, y = float(text.get("x", 0)), float(text.get("y", 0))
            yield text.text or "", x, y - 10, x + float(width), y + 3


def test_nothing_in_the_svg_overlaps() -> None:
    """No two texts share a place, none reaches into the lanes or out of the picture."""
    root = ET.fromstring(as_svg(Picture(wide_graph(), ())))
    found = list(boxes(root))
    circles = [(float(c.get("cx", 0)), float(c.get("cy", 0))) for c in root.iter(f"{SVG}circle")]

    assert len(found) >= 9 * 2 - 1
    for number, (one, x, y, right, below) in enumerate(found):
        for other, its_x, its_y, its_right, its_below in found[number + 1 :]:
            assert right <= its_x or its_right <= x or below <= its_y or its_below <= y, (one, other)
        assert right <= float(root.get("width", 0))
        assert below <= float(root.get("height", 0))
        assert all(x > cx + 6 for cx, _ in circles)
    assert len(set(circles)) == len(circles) == 9
    assert len({y for _, y in circles}) == 9


def test_no_edge_passes_through_a_revision() -> None:
    """In the row of a revision its column is nobody else's."""
    for row in rows_of(Picture(wide_graph(), ())):
        for lanes in (row.above, row.below):
            edge = lanes[row.column] if row.column < len(lanes) else None
            assert edge is None or row.node.id in {edge.child, edge.parent}


@pytest.mark.parametrize("draw", [as_text, as_mermaid, as_svg])
def test_five_thousand_revisions_are_quick(draw: Callable[[Picture], str]) -> None:
    """Drawing grows with the number of revisions: three branches of 5,000 in all, well within a second."""
    nodes = [node(str(number), str(number - 3)) for number in range(5000, 2, -1)]
    nodes += [node("2", "0"), node("1", "0"), node("0")]
    began = time.perf_counter()

    text = draw(Picture(tuple(nodes), ()))

    assert len(text) > 5000
    assert time.perf_counter() - began < 3
