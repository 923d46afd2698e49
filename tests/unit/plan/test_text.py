"""A plan as text."""

from __future__ import annotations

from limosa.plan import describe, plan_downgrade, plan_upgrade
from tests.fixtures.graphs import graph_of

# a1 <- b1
#    ^- b2
GRAPH = graph_of("a1:\nb1: a1\nb2: a1")


def test_one_line_a_step() -> None:
    """What is printed is what runs, in its order, with the version rows around it."""
    assert describe(plan_upgrade(GRAPH, "heads", ())).split("\n") == [
        "upgrade to heads: 3 steps, base -> b1, b2",
        "1. + a1 make a1 (base -> a1)",
        "2. + b2 make b2 (a1 -> b2)",
        "3. + b1 make b1 (b2 -> b1, b2)",
    ]
    assert describe(plan_downgrade(GRAPH, "-1", ("b1",))).split("\n") == [
        "downgrade to -1: 1 step, b1 -> a1",
        "1. - b1 make b1 (b1 -> a1)",
    ]


def test_an_empty_plan_says_so() -> None:
    """Nothing to do is one line."""
    assert describe(plan_upgrade(GRAPH, "b1", ("b1",))) == "upgrade to b1: nothing to do at b1"
