"""Plain Alembic's steps are told by the rows that it moved, over branches and merges, too."""

from __future__ import annotations

import pytest

from limosa.plan.moves import name_moves
from tests.fixtures.graphs import graph_of

#        .- b1 -.
# a1 <--<- c1 -- m1 <- n1      x1     o1: depends on x1
#        `- d1 -'
GRAPH = graph_of("a1:\nb1: a1\nc1: a1\nd1: a1\nm1: b1 c1 d1\nn1: m1\nx1:\no1: n1; x1")


@pytest.mark.parametrize(
    ("moves", "told"),
    [
        ([("", "a1")], ["+a1"]),
        ([("a1", "b1"), ("", "c1")], ["+b1", "+c1"]),
        ([("c1", ""), ("b1", "a1")], ["-c1", "-b1"]),
        ([("c1", ""), ("d1", ""), ("b1", "m1")], ["+m1", "+m1", "+m1"]),
        ([("", "c1"), ("", "d1"), ("m1", "b1")], ["-m1", "-m1", "-m1"]),
        ([("c1", ""), ("d1", ""), ("b1", "m1"), ("m1", "n1")], ["+m1", "+m1", "+m1", "+n1"]),
        (
            [("n1", "m1"), ("", "c1"), ("", "d1"), ("m1", "b1"), ("d1", "")],
            ["-n1", "-m1", "-m1", "-m1", "-d1"],
        ),
        ([("x1", ""), ("n1", "o1")], ["+o1", "+o1"]),
        ([("", "x1"), ("o1", "n1")], ["-o1", "-o1"]),
        ([("", "x1"), ("a1", "b1")], ["+x1", "+b1"]),
        ([("x1", ""), ("a1", "b1")], ["-x1", "+b1"]),
        ([("", "x1"), ("x1", "")], ["+x1", "-x1"]),
        ([("", "c1"), ("c1", ""), ("m1", "b1")], ["+c1", "-c1", "-m1"]),
        ([("a1", "n1")], ["=n1"]),
        ([("lost", ""), ("b1", "gone"), ("", "lost")], ["?", "?", "?"]),
    ],
)
def test_each_move_has_its_step(moves: list[tuple[str, str]], told: list[str]) -> None:
    """Up +, down -, stamped =, not on disk ?; the rows of one step over a merge are all that step's."""
    signs = {"upgrade": "+", "downgrade": "-", "stamp": "="}
    named = name_moves(GRAPH, moves)
    assert [f"{signs[one[1]]}{one[0]}" if one else "?" for one in named] == told
