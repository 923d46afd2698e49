"""Stamping: the rows after it."""

from __future__ import annotations

import pytest

from limosa.errors import Ahead, LimosaError, RevisionNotFound, SeveralHeads
from limosa.plan import plan_stamp
from tests.fixtures.graphs import graph_of

#       .-- l1 <- l2        x1 <- x2
# a1 <--+
#       '-- r1
GRAPH = "a1:\nl1: a1; ; left\nl2: l1\nr1: a1; ; right\nx1: ; ; x\nx2: x1"


@pytest.mark.parametrize(
    ("target", "current", "after"),
    [
        ("l2", (), ("l2",)),
        ("l2", ("l1",), ("l2",)),
        ("l1", ("l2",), ("l1",)),
        ("a1", ("l2", "r1"), ("a1",)),
        ("r1", ("l2",), ("l2", "r1")),
        ("x2", ("l2", "r1"), ("l2", "r1", "x2")),
        ("l2", ("l2", "x1"), ("l2", "x1")),
        ("heads", (), ("l2", "r1", "x2")),
        ("heads", ("a1",), ("l2", "r1", "x2")),
        ("base", ("l2", "r1", "x1"), ()),
        ("x@base", ("l2", "x1"), ("l2",)),
        ("left@head", ("x1",), ("l2", "x1")),
    ],
)
def test_rows_after_a_stamp(target: str, current: tuple[str, ...], after: tuple[str, ...]) -> None:
    """The rows of the target's lineage move to it; those of other lines stay."""
    assert plan_stamp(graph_of(GRAPH), target, current) == after


def test_a_dependent_moves_with_what_it_depends_on() -> None:
    """Stamped below what it stands on, the dependent is no longer applied."""
    # a1 <- a2,  x1 <- x2,  x2 depends on a2
    assert plan_stamp(graph_of("a1:\na2: a1\nx1:\nx2: x1; a2"), "a1", ("x2",)) == ("a1",)


@pytest.mark.parametrize(
    ("target", "current", "error"),
    [("head", (), SeveralHeads), ("nothing", (), RevisionNotFound), ("l1", ("gone",), Ahead)],
)
def test_refusals(target: str, current: tuple[str, ...], error: type[LimosaError]) -> None:
    """Each has its type and a hint."""
    with pytest.raises(error) as caught:
        plan_stamp(graph_of(GRAPH), target, current)
    assert caught.value.hint
