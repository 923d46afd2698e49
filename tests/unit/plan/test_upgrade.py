"""Plans that go up: which steps, in which order, with which version rows around them."""

from __future__ import annotations

import pytest

from limosa.errors import Ahead, GraphError, LimosaError, RevisionNotFound, SeveralHeads, UsageError
from limosa.model.plan import Plan
from limosa.model.revision import Direction
from limosa.plan import plan_upgrade
from tests.fixtures.graphs import graph_of

#            .-- l1 <- l2 --.
# a1 <- a2 <-+              +-- m1
#            '-- r1 --------'
DIAMOND = "a1:\na2: a1\nl1: a2; ; left\nl2: l1\nr1: a2; ; right\nm1: l2 r1"

# a1 <- a2
#        ^ depends
# x1 <- x2
DEPENDENT = "a1:\na2: a1\nx1: ; ; x\nx2: x1; a2"


def rows(plan: Plan) -> list[tuple[str, str, str]]:
    """Return each step with the version rows before and after it."""
    return [(step.revision.id, " ".join(step.before), " ".join(step.after)) for step in plan.steps]


def test_a_fork_and_its_join() -> None:
    """A row is added where the line forks, and one goes where it joins."""
    plan = plan_upgrade(graph_of(DIAMOND), "head", ())

    assert rows(plan) == [
        ("a1", "", "a1"),
        ("a2", "a1", "a2"),
        ("r1", "a2", "r1"),
        ("l1", "r1", "l1 r1"),
        ("l2", "l1 r1", "l2 r1"),
        ("m1", "l2 r1", "m1"),
    ]
    assert (plan.before, plan.after) == ((), ("m1",))
    assert (plan.direction, plan.target) == (Direction.UPGRADE, "head")
    assert all(step.direction is Direction.UPGRADE for step in plan.steps)


def test_what_a_revision_depends_on_comes_first_and_gives_up_its_row() -> None:
    """The row of the dependent stands for both lines."""
    assert rows(plan_upgrade(graph_of(DEPENDENT), "x@head", ())) == [
        ("a1", "", "a1"),
        ("a2", "a1", "a2"),
        ("x1", "a2", "a2 x1"),
        ("x2", "a2 x1", "x2"),
    ]


def test_only_what_is_missing_runs() -> None:
    """What is applied, by itself or under another row, is not run again."""
    assert rows(plan_upgrade(graph_of(DIAMOND), "m1", ("l1",))) == [
        ("r1", "l1", "l1 r1"),
        ("l2", "l1 r1", "l2 r1"),
        ("m1", "l2 r1", "m1"),
    ]


def test_a_join_leaves_the_rows_of_others() -> None:
    """``m`` needs ``d``, whose row is that of ``o``: it has nothing to give up there."""
    # d <- o       p <- m, q <- m; m depends on d
    plan = plan_upgrade(graph_of("d:\no: d\np:\nq:\nm: p q; d"), "m", ("o", "p", "q"))

    assert rows(plan) == [("m", "o p q", "m o")]


@pytest.mark.parametrize(("target", "current"), [("head", ("m1",)), ("a1", ("l2",)), ("heads", ("m1", "m1"))])
def test_nothing_to_do_is_an_empty_plan(target: str, current: tuple[str, ...]) -> None:
    """A target that is applied already is no error."""
    plan = plan_upgrade(graph_of(DIAMOND), target, current)

    assert plan.is_empty
    assert plan.before == plan.after == tuple(sorted(set(current)))


@pytest.mark.parametrize(
    ("target", "current", "error", "hint"),
    [
        ("-1", ("l1",), UsageError, "limosa downgrade -1"),
        ("+1", ("l1", "r1"), UsageError, "left@+1"),
        ("l3", (), RevisionNotFound, "did you mean"),
        ("head", ("gone", "l1"), Ahead, "git pull"),
        ("head", ("a1", "l1"), GraphError, "limosa stamp l1"),
    ],
)
def test_refusals(target: str, current: tuple[str, ...], error: type[LimosaError], hint: str) -> None:
    """Each has its type, and the next command in its hint."""
    with pytest.raises(error) as caught:
        plan_upgrade(graph_of(DIAMOND), target, current)

    assert hint in str(caught.value.hint)


def test_an_unknown_row_is_named() -> None:
    """The error's field holds the revision that is not on disk."""
    with pytest.raises(Ahead, match="'gone'") as caught:
        plan_upgrade(graph_of(DIAMOND), "head", ("gone",))

    assert caught.value.fields["revision"] == "gone"


def test_head_of_several() -> None:
    """The plan for one of several heads is refused; for all of them it is made."""
    graph = graph_of("a1:\nb1: a1\nb2: a1")

    with pytest.raises(SeveralHeads):
        plan_upgrade(graph, "head", ())
    assert plan_upgrade(graph, "heads", ()).after == ("b1", "b2")


def test_what_alembic_would_stumble_over_is_refused_before_it_runs() -> None:
    """Of two dependencies one includes the other: Alembic ends with a KeyError in mid-run."""
    #  x1 <- x2
    #  y1, depends on x1 and x2; its parent is y0
    graph = graph_of("x1:\nx2: x1\ny0:\ny1: y0; x1 x2")

    with pytest.raises(GraphError, match="one already includes another") as caught:
        plan_upgrade(graph, "heads", ())
    assert caught.value.fields["revision"] == "y1"
