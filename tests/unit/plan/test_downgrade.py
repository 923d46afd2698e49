"""Plans that go down: what is taken back with a revision, and which rows come back."""

from __future__ import annotations

import pytest

from limosa.errors import Ahead, AmbiguousRevision, LimosaError, RevisionNotFound, UsageError
from limosa.model.plan import Plan
from limosa.model.revision import Direction
from limosa.plan import plan_downgrade
from tests.fixtures.graphs import graph_of

#            .-- l1 <- l2 --.
# a1 <- a2 <-+              +-- m1
#            '-- r1 --------'
DIAMOND = "a1:\na2: a1\nl1: a2; ; left\nl2: l1\nr1: a2; ; right\nm1: l2 r1"

# a1 <- a2 <- a3
#       ^ depends
# x1 <- x2
DEPENDENT = "a1: ; ; a\na2: a1\na3: a2\nx1: ; ; x\nx2: x1; a2"


def rows(plan: Plan) -> list[tuple[str, str, str]]:
    """Return each step with the version rows before and after it."""
    return [(step.revision.id, " ".join(step.before), " ".join(step.after)) for step in plan.steps]


def test_all_the_way_down() -> None:
    """The newest goes first, and the rows come back where the lines part."""
    plan = plan_downgrade(graph_of(DIAMOND), "base", ("m1",))

    assert rows(plan) == [
        ("m1", "m1", "l2 r1"),
        ("l2", "l2 r1", "l1 r1"),
        ("l1", "l1 r1", "r1"),
        ("r1", "r1", "a2"),
        ("a2", "a2", "a1"),
        ("a1", "a1", ""),
    ]
    assert (plan.after, plan.direction) == ((), Direction.DOWNGRADE)
    assert all(step.direction is Direction.DOWNGRADE for step in plan.steps)


def test_one_branch_down_leaves_the_other() -> None:
    """``branch@id`` takes back one line; ``-1`` the line that it counts on."""
    graph = graph_of(DIAMOND)

    assert rows(plan_downgrade(graph, "left@a2", ("l2", "r1"))) == [
        ("l2", "l2 r1", "l1 r1"),
        ("l1", "l1 r1", "r1"),
    ]
    assert rows(plan_downgrade(graph, "right@-1", ("l2", "r1"))) == [("r1", "l2 r1", "l2")]
    assert rows(plan_downgrade(graph, "-1", ("l2",))) == [("l2", "l2", "l1")]
    assert [step[0] for step in rows(plan_downgrade(graph, "a2", ("l2", "r1")))] == ["l2", "l1", "r1"]


def test_what_depends_on_a_revision_goes_with_it() -> None:
    """The dependent is taken back before it, and what else it stood on gets its row back."""
    assert rows(plan_downgrade(graph_of(DEPENDENT), "a1", ("a3", "x2"))) == [
        ("a3", "a3 x2", "x2"),
        ("x2", "x2", "a2 x1"),
        ("a2", "a2 x1", "a1 x1"),
    ]


def test_one_step_down_leaves_the_line_that_it_depended_on() -> None:
    """Both lines leave ``a``; ``-1`` counts on the one, and the other gets its row back."""
    #     .-- l1
    # a <-+    ^ depends
    #     '-- r1
    plan = plan_downgrade(graph_of("a:\nl1: a\nr1: a; l1"), "-1", ("r1",))

    assert rows(plan) == [("r1", "r1", "l1")]


def test_a_row_that_another_includes_does_not_come_back() -> None:
    """``a2`` is still part of ``a3`` when its dependent goes."""
    assert rows(plan_downgrade(graph_of(DEPENDENT), "x@x1", ("a3", "x2"))) == [("x2", "a3 x2", "a3 x1")]


@pytest.mark.parametrize(("target", "current"), [("base", ()), ("l2", ("l2",)), ("left@base", ())])
def test_nothing_to_do_is_an_empty_plan(target: str, current: tuple[str, ...]) -> None:
    """Where the database stands already there is nothing to take back."""
    assert plan_downgrade(graph_of(DIAMOND), target, current).is_empty


@pytest.mark.parametrize(
    ("target", "current", "error", "hint"),
    [
        ("+1", ("l1",), UsageError, "limosa upgrade +1"),
        ("m1", ("l1",), UsageError, "limosa upgrade m1"),
        ("r1", ("l1",), UsageError, "limosa status"),
        ("-1", (), UsageError, "limosa status"),
        ("-9", ("l1",), UsageError, "limosa downgrade base"),
        ("-1", ("m1",), AmbiguousRevision, "'l2' or 'r1'"),
        ("-1", ("l1", "r1"), UsageError, "limosa history"),
        ("tpyo@base", ("l1",), RevisionNotFound, "limosa history"),
        ("nothing", ("l1",), RevisionNotFound, "limosa history"),
        ("base", ("gone",), Ahead, "git pull"),
    ],
)
def test_refusals(target: str, current: tuple[str, ...], error: type[LimosaError], hint: str) -> None:
    """Each has its type, and the next command in its hint; a guess is never taken."""
    with pytest.raises(error) as caught:
        plan_downgrade(graph_of(DIAMOND), target, current)

    assert hint in str(caught.value.hint)
