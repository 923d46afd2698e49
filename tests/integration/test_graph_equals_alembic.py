"""Generated graphs, targets and version tables: Limosa answers as Alembic does, or both refuse.

Alembic is asked in memory, through the same calls that its commands make. Where it takes a
guess, Limosa refuses on purpose; those cases are listed in ``_is_a_guess``, and are the only
ones in which the two may differ.
"""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import alembic
import pytest
from alembic.runtime.migration import HeadMaintainer, MigrationContext
from alembic.script import ScriptDirectory
from alembic.script.revision import Revision as AlembicRevision
from alembic.script.revision import RevisionMap
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from limosa.errors import GraphError, LimosaError
from limosa.graph import Graph
from limosa.model.plan import Plan
from limosa.model.revision import Revision
from limosa.plan import plan_downgrade, plan_stamp, plan_upgrade

EXAMPLES = int(os.environ.get("GRAPH_EXAMPLES", "120"))
profile = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

IS_EXACT = tuple(int(part) for part in alembic.__version__.split(".")) >= (1, 13, 2)
"""Before 1.13.2 a downgrade of Alembic's left an ancestor in the version table (its issue 1373)."""

REFUSED = "refused"
"""What stands for any error, of whatever kind."""


@dataclass(frozen=True)
class Written:
    """A revision as its file would say it."""

    id: str
    parents: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()


# ---------------------------------------------------------------- the two sides


def limosa_graph(written: Sequence[Written]) -> Graph:
    """Build Limosa's graph."""
    return Graph.of(
        Revision(
            id=each.id,
            parents=each.parents,
            depends_on=each.depends_on,
            labels=each.labels,
            message="",
            doc="",
            path=Path(f"{each.id}.py"),
            created=None,
            checksum="",
            has_upgrade=True,
            has_downgrade=True,
        )
        for each in written
    )


class Alembic:
    """Alembic's own machinery on the same revisions."""

    def __init__(self, written: Sequence[Written]) -> None:
        self.map = RevisionMap(lambda: [self._script(each) for each in written])
        self.scripts = ScriptDirectory(str(Path(__file__).parent))
        self.scripts.revision_map = self.map
        for each in written:
            # Alembic keeps them in a set, so that its order changes with the hash seed; as written, here.
            revision = self.map.get_revision(each.id)
            assert revision is not None
            revision._normalized_resolved_dependencies = tuple(
                sorted(
                    revision._normalized_resolved_dependencies,
                    key=revision._resolved_dependencies.index,
                )
            )

    @staticmethod
    def _script(each: Written) -> AlembicRevision:
        script = AlembicRevision(each.id, each.parents or None, each.depends_on or None, each.labels or None)
        functions = SimpleNamespace(upgrade=lambda: None, downgrade=lambda: None)
        cast("Any", script).module = functions
        cast("Any", script).doc = ""
        return script

    def steps(self, found: Sequence[Any], current: Sequence[str]) -> list[tuple[str, list[str], list[str]]]:
        """Play the steps on Alembic's keeper of the version table."""
        context = MigrationContext.configure(
            dialect_name="sqlite", opts={"as_sql": True, "output_buffer": io.StringIO()}
        )
        keeper = HeadMaintainer(context, current)
        played = []
        for step in found:
            before = sorted(keeper.heads)
            keeper.update_to_step(step)
            name = step.revision.revision if hasattr(step, "revision") else "stamp"
            played.append((name, before, sorted(keeper.heads)))
        return played

    def upgrade(self, target: str, current: tuple[str, ...]) -> list[tuple[str, list[str], list[str]]]:
        """Plan and play ``alembic upgrade``."""
        return self.steps(self.scripts._upgrade_revs(target, cast("Any", current)), current)

    def downgrade(self, target: str, current: tuple[str, ...]) -> list[tuple[str, list[str], list[str]]]:
        """Plan and play ``alembic downgrade``."""
        return self.steps(self.scripts._downgrade_revs(target, cast("Any", current)), current)

    def stamp(self, target: str, current: tuple[str, ...]) -> list[str]:
        """Plan and play ``alembic stamp``."""
        played = self.steps(self.scripts._stamp_revs((target,), current), current)
        return played[-1][2] if played else sorted(current)

    def resolve(self, target: str, current: tuple[str, ...]) -> list[str]:
        """Return what an upgrade would go to."""
        found = self.map._parse_upgrade_target(current, target, assert_relative_length=True)
        assert all(isinstance(each, AlembicRevision) for each in found)
        return sorted({cast("AlembicRevision", each).revision for each in found})

    def one(self, name: str) -> str:
        """Return the one revision with this name."""
        found = self.map.get_revision(name)
        assert found is not None
        return found.revision

    def walk(self, lower: Any, upper: Any) -> list[str]:
        """Return what ``alembic history`` lists."""
        return [each.revision for each in self.scripts.walk_revisions(base=lower, head=upper)]


def steps_of(plan: Plan) -> list[tuple[str, list[str], list[str]]]:
    """Bring a plan into the form of ``Alembic.steps``."""
    return [(step.revision.id, list(step.before), list(step.after)) for step in plan.steps]


def ours(call: Callable[[], Any]) -> Any:
    """Return the result; only Limosa's own errors count as a refusal."""
    try:
        return call()
    except LimosaError as error:
        return REFUSED if error.hint else f"an error without a hint: {error}"


def theirs(call: Callable[[], Any]) -> Any:
    """Return the result; a warning, a failed assertion or any other crash of Alembic is a refusal too."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return call()
    except Exception:  # noqa: BLE001 -- Alembic refuses with AssertionError, KeyError and others besides its own
        return REFUSED


# ---------------------------------------------------------------- generated input

# Few letters, so that beginnings collide and labels look like ids.
names = st.text(alphabet="ab1", min_size=1, max_size=6)


@st.composite
def histories(draw: st.DrawFn, *, most: int = 9) -> list[Written]:
    """Draw a sound set of revisions, in any order of reading."""
    ids = draw(st.lists(names, min_size=1, max_size=most, unique=True))
    free = [name for name in draw(st.lists(names, max_size=4, unique=True)) if name not in ids]
    is_plain = draw(st.booleans())
    written: list[Written] = []
    for number, name in enumerate(ids):
        older = written[:number]
        near = [each.id for each in older[-3:]] if draw(st.booleans()) else [each.id for each in older]
        parents: list[str] = []
        if near:
            parents = draw(st.lists(st.sampled_from(near), max_size=2 if is_plain else 3, unique=True))
        known = [each.id for each in older] + [label for each in older for label in each.labels]
        depends_on: list[str] = []
        if known and not is_plain and draw(st.integers(0, 2)) == 0:
            depends_on = draw(st.lists(st.sampled_from(known), max_size=3, unique=True))
        labels = draw(st.lists(st.sampled_from(free), max_size=1, unique=True)) if free else []
        free = [label for label in free if label not in labels]
        written.append(Written(name, tuple(parents), tuple(depends_on), tuple(labels)))
    return draw(st.permutations(written))


def some_name(written: Sequence[Written]) -> st.SearchStrategy[str]:
    """Draw a word, an id, a label, or the beginning of one."""
    known = [each.id for each in written] + [label for each in written for label in each.labels]
    beginnings = [name[:length] for name in known for length in range(1, len(name))]
    return st.one_of(
        st.sampled_from(known),
        st.sampled_from([*beginnings, *known]),
        st.sampled_from(["head", "heads", "base", "base", *(["nowhere"] if len(known) > 4 else [])]),
    )


@st.composite
def targets(draw: st.DrawFn, written: Sequence[Written]) -> str:
    """Draw a target: ``branch@name+steps``, any part of which may be missing."""
    labels = [label for each in written for label in each.labels]
    branch = ""
    if draw(st.integers(0, 2)) == 0:
        some_branch = st.sampled_from(labels) if labels else some_name(written)
        branch = draw(st.one_of(some_branch, some_name(written))) + "@"
    steps = draw(
        st.sampled_from([*[""] * 8, "+1", "-1", "-1", "+2", "-2", "+3", "-3", "+0", "-0", "+9", "-9"])
    )
    name = "" if steps and draw(st.booleans()) else draw(some_name(written))
    return f"{branch}{name}{steps}"


@st.composite
def standings(draw: st.DrawFn, written: Sequence[Written]) -> tuple[str, ...]:
    """Draw version rows: mostly such as Alembic leaves them, sometimes any."""
    ids = [each.id for each in written]
    graph = limosa_graph(written)
    match draw(st.integers(0, 6)):
        case 0:
            return tuple(draw(st.lists(st.sampled_from(ids), max_size=3, unique=True)))
        case 1 | 2 | 3:
            return tuple(sorted(graph.real_heads))
    chosen = draw(st.lists(st.sampled_from(ids), max_size=3, unique=True))
    return tuple(
        sorted(
            name
            for name in chosen
            if not any(name in graph.ancestors(other) for other in chosen if other != name)
        )
    )


@st.composite
def situations(draw: st.DrawFn) -> tuple[list[Written], str, tuple[str, ...]]:
    """Draw a graph, a target and where the database stands."""
    written = draw(histories())
    return written, draw(targets(written)), draw(standings(written))


# ---------------------------------------------------------------- the properties


@profile
@given(histories(most=12))
def test_the_shape_is_the_same(written: list[Written]) -> None:
    """Heads, bases, branch points, labels, dependencies, lineage and the order of history agree."""
    graph, alembic = limosa_graph(written), Alembic(written)

    assert list(alembic.map.heads) == list(graph.heads)
    assert sorted(alembic.map._real_heads) == sorted(graph.real_heads)
    assert list(alembic.map.bases) == list(graph.bases)
    assert theirs(lambda: alembic.walk("base", "heads")) == ours(lambda: [each.id for each in graph.walk()])
    for each in written:
        revision = alembic.map.get_revision(each.id)
        assert revision is not None
        assert set(revision.nextrev) == set(graph.children(each.id))
        assert revision.is_branch_point == (each.id in graph.branch_points)
        assert set(revision.branch_labels) == graph.labels(each.id)
        assert revision._resolved_dependencies == graph.dependencies(each.id)
        for with_dependencies in (True, False):
            above = alembic.map._get_descendant_nodes([revision], include_dependencies=with_dependencies)
            below = alembic.map._get_ancestor_nodes([revision], include_dependencies=with_dependencies)
            assert {one.revision for one in above} == graph.descendants(
                each.id, with_dependencies=with_dependencies
            )
            assert {one.revision for one in below} == graph.ancestors(
                each.id, with_dependencies=with_dependencies
            )


@profile
@given(situations())
def test_names_and_targets_mean_the_same(situation: tuple[list[Written], str, tuple[str, ...]]) -> None:
    """A name of one revision and a target of an upgrade lead to the same revisions, or to an error."""
    written, target, current = situation
    graph, alembic = limosa_graph(written), Alembic(written)

    assert theirs(lambda: alembic.one(target)) == ours(lambda: graph.get(target).id)
    assert theirs(lambda: alembic.resolve(target, current)) == ours(
        lambda: sorted(graph.resolve(target, current=current))
    )


@profile
@given(situations())
def test_upgrades_are_the_same(situation: tuple[list[Written], str, tuple[str, ...]]) -> None:
    """Steps, their order, and the version rows around each."""
    written, target, current = situation
    expected = theirs(lambda: Alembic(written).upgrade(target, current))
    event(_kind(expected))

    assert expected == ours(lambda: steps_of(plan_upgrade(limosa_graph(written), target, current)))


@profile
@given(situations())
def test_downgrades_are_the_same(situation: tuple[list[Written], str, tuple[str, ...]]) -> None:
    """Steps, their order, and the version rows around each; Limosa refuses where Alembic guesses."""
    written, target, current = situation
    graph = limosa_graph(written)
    expected = theirs(lambda: Alembic(written).downgrade(target, current))
    found = ours(lambda: steps_of(plan_downgrade(graph, target, current)))
    assume(IS_EXACT or not _has_redundant_parents(written))
    event(_kind(expected))

    assert expected == found or (found == REFUSED and _is_a_guess(graph, target))


def _has_redundant_parents(written: list[Written]) -> bool:
    """Is a revision's parent, or what it depends on, an ancestor of another of its parents?"""
    graph = limosa_graph(written)
    stood_on = [{graph.get(n).id for n in (*r.parents, *r.depends_on)} for r in graph.revisions.values()]
    return any(found & (graph.ancestors(one) - {one}) for found in stood_on for one in found)


def _is_a_guess(graph: Graph, target: str) -> bool:
    """Alembic ignores a branch that does not exist if there is only one way down."""
    branch, at, _ = target.rpartition("@")
    return bool(at) and ours(lambda: graph.names.branch_owner(branch)) == REFUSED


@profile
@given(situations())
def test_stamps_are_the_same(situation: tuple[list[Written], str, tuple[str, ...]]) -> None:
    """The version rows after a stamp."""
    written, target, current = situation
    expected = theirs(lambda: Alembic(written).stamp(target, current))
    event(_kind(expected))

    assert expected == ours(lambda: list(plan_stamp(limosa_graph(written), target, current)))


@profile
@given(histories().flatmap(lambda w: st.tuples(st.just(w), targets(w), targets(w), standings(w))))
def test_ranges_of_history_are_the_same(
    drawn: tuple[list[Written], str, str, tuple[str, ...]],
) -> None:
    """``history -r LOWER:UPPER`` lists the same revisions in the same order."""
    written, lower, upper, current = drawn
    graph, alembic = limosa_graph(written), Alembic(written)

    for ends in ((lower, upper), (lower, "current"), ("current", upper), ("base", upper), (lower, "heads")):
        real = [current if end == "current" else end for end in ends]
        expected = theirs(partial(alembic.walk, *real))
        event(_kind(expected))
        found = ours(partial(graph.walk, lower=ends[0], upper=ends[1], current=current))
        assert expected == (found if found == REFUSED else [each.id for each in found]), ends


@profile
@given(st.data())
def test_what_alembic_refuses_to_read_is_refused(data: st.DataObject) -> None:
    """Missing parents, cycles, taken labels, illegal ids: whatever Alembic cannot load is a GraphError."""
    ids = data.draw(st.lists(names, min_size=1, max_size=6, unique=True))
    any_names = st.lists(st.sampled_from([*ids, "lost"]), max_size=2, unique=True).map(tuple)
    labels = st.lists(st.sampled_from(["left", *ids]), max_size=1).map(tuple)
    written = [Written(name, data.draw(any_names), data.draw(any_names), data.draw(labels)) for name in ids]
    expected = theirs(lambda: Alembic(written).map.heads)
    event(_kind(expected))
    if expected == REFUSED:
        with pytest.raises(GraphError) as caught:
            limosa_graph(written)
        assert caught.value.hint
        assert caught.value.fields["paths"]


def _kind(found: Any) -> str:
    return "refused" if found == REFUSED else "empty" if not found else "something"
