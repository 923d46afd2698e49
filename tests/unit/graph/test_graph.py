"""Shape, names and targets on small graphs; generated ones are compared with Alembic's elsewhere."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import pytest

from limosa.errors import AmbiguousRevision, LimosaError, RevisionNotFound, SeveralHeads, UsageError
from limosa.graph import Graph
from tests.fixtures.graphs import graph_of

#                  .-- left1 <- left2 --.
# base1 <- fork1 <-+                    +-- join1 <- tip1
#                  '-- right1 ----------'
# other1 <- other2 (depends on left2)
FORKED = """
base1:
fork1: base1
left1: fork1; ; left
left2: left1
right1: fork1; ; right
join1: left2 right1
tip1: join1
other1: ; ; other
other2: other1; left2
"""

#          .-- b1
# base1 <--+
#          '-- b2
TWO_HEADS = "base1:\nb1: base1; ; one\nb2: base1; ; two"


def ids(graph: Graph, target: str, *current: str) -> list[str]:
    """Return what a target means, sorted."""
    return sorted(graph.resolve(target, current=current))


def test_the_ends_and_the_forks() -> None:
    """Heads and bases follow the parents; the real heads follow the dependencies too."""
    graph = graph_of(FORKED + "other3: other2\nlate: ; other3")

    assert graph.heads == ("tip1", "other3", "late")
    assert graph.real_heads == ("tip1", "late")
    assert graph.bases == ("base1", "other1", "late")
    assert graph.branch_points == ("fork1",)
    assert graph.children("fork1") == ("left1", "right1")
    assert graph.children("tip1") == ()
    assert graph.get("join1").is_merge


def test_lineage_with_and_without_dependencies() -> None:
    """A dependency is below for running, and not for belonging."""
    graph = graph_of(FORKED)

    assert graph.ancestors("left2") == {"left2", "left1", "fork1", "base1"}
    assert graph.ancestors("other2") == {"other2", "other1", *graph.ancestors("left2")}
    assert graph.ancestors("other2", with_dependencies=False) == {"other2", "other1"}
    assert graph.descendants("left2") == {"left2", "join1", "tip1", "other2"}
    assert graph.descendants("left2", with_dependencies=False) == {"left2", "join1", "tip1"}


def test_labels_pass_on_along_their_line() -> None:
    """Up to all descendants, and down until the line forks or joins."""
    graph = graph_of("r: \ns: r\nt: s; ; main\nu: t\nv: u\nw: s")

    #             .-- t, labelled main <- u <- v
    # r <- s <----+
    #             '-- w
    assert [name for name in graph.revisions if "main" in graph.labels(name)] == ["t", "u", "v"]
    assert "main" in graph_of("r: \ns: r; ; main\nt: s").labels("r")
    assert "main" not in graph_of("r: \ns: r; ; main\nt: ; r").labels("r")


def test_history_is_newest_first_and_one_line_at_a_time() -> None:
    """Each revision comes before all that it stands on."""
    found = [revision.id for revision in graph_of(FORKED).walk()]

    assert found == ["tip1", "join1", "other2", "other1", "left2", "left1", "right1", "fork1", "base1"]


@pytest.mark.parametrize(
    ("range_", "current", "expected"),
    [
        (None, (), ["d", "c", "b", "a"]),
        ("b:c", (), ["c", "b"]),
        ("b:", (), ["d", "c", "b"]),
        (":b", (), ["b", "a"]),
        ("-2:", (), ["d", "c", "b"]),
        ("current:", ("c",), ["d", "c"]),
        (":current", ("c",), ["c", "b", "a"]),
        ("-1:current", ("c",), ["c"]),
    ],
)
def test_ranges_of_history(range_: str | None, current: tuple[str, ...], expected: list[str]) -> None:
    """Both ends are included, and either may be left out."""
    graph = graph_of("a:\nb: a\nc: b\nd: c")

    assert [revision.id for revision in graph.history(range_, current=current)] == expected


@pytest.mark.parametrize("range_", ["a", "a:b:c", "d:b"])
def test_what_is_no_range(range_: str) -> None:
    """One end, three ends, or the ends in the wrong order."""
    with pytest.raises(UsageError):
        graph_of("a:\nb: a\nc: b\nd: c").history(range_)


@pytest.mark.parametrize(
    ("target", "current", "expected"),
    [
        ("heads", (), ["other2", "tip1"]),
        ("base", (), []),
        ("left@base", (), []),
        ("left@head", (), ["tip1"]),
        ("other@heads", (), ["other2"]),
        ("join1", (), ["join1"]),
        ("joi", (), ["join1"]),
        ("left", (), ["left1"]),
        ("left@left2", (), ["left2"]),
        ("right@join1", (), ["join1"]),
        ("+1", ("base1",), ["fork1"]),
        ("left@+1", ("fork1",), ["left1"]),
        ("right@+1", ("left2",), ["right1"]),
        ("other@+2", (), ["other2"]),
        ("fork1+0", (), ["fork1"]),
        ("base1+1", (), ["fork1"]),
        ("left@fork1+2", (), ["left2"]),
        ("left2-1", (), ["left1"]),
        ("other@head-1", (), ["other1"]),
        ("current", ("left1", "other1"), ["left1", "other1"]),
    ],
)
def test_targets(target: str, current: tuple[str, ...], expected: list[str]) -> None:
    """Each form of a target, on the forked graph."""
    assert ids(graph_of(FORKED), target, *current) == expected


def test_several_heads_list_their_files_and_the_ways_out() -> None:
    """The hint holds both commands: take all, or join them."""
    with pytest.raises(SeveralHeads) as caught:
        graph_of(TWO_HEADS).get("head")

    assert "'b1' (versions/b1.py), 'b2' (versions/b2.py)" in str(caught.value)
    assert "limosa upgrade heads" in str(caught.value.hint)
    assert "alembic merge -m 'merge heads' b1 b2" in str(caught.value.hint)
    assert caught.value.fields["heads"] == ("b1", "b2")


def test_a_mistyped_name_finds_its_neighbours() -> None:
    """The hint asks for what is close by."""
    with pytest.raises(RevisionNotFound) as caught:
        graph_of("0123abcd:\n0456abcd: 0123abcd").get("0123abce")

    assert "did you mean '0123abcd'" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("target", "current", "error"),
    [
        ("fork", (), None),
        ("1", (), RevisionNotFound),
        ("nowhere@head", (), RevisionNotFound),
        ("left@other2", (), UsageError),
        ("-1", ("tip1",), UsageError),
        ("+0", ("tip1",), UsageError),
        ("+1", ("fork1",), AmbiguousRevision),
        ("+1", ("left1", "right1"), UsageError),
        ("+1", ("tip1",), UsageError),
        ("base1-2", (), UsageError),
        ("join1-1", (), AmbiguousRevision),
        ("-1x", ("tip1",), RevisionNotFound),
        ("", (), UsageError),
        ("left@", (), UsageError),
    ],
)
def test_what_is_no_target(target: str, current: tuple[str, ...], error: type[LimosaError] | None) -> None:
    """Each is refused by its own error, with a hint."""
    graph = graph_of(FORKED)
    if error is None:
        assert ids(graph, target, *current)
        return
    with pytest.raises(error) as caught:
        graph.resolve(target, current=current)
    assert caught.value.hint


def test_a_beginning_of_several_ids() -> None:
    """The candidates are listed."""
    with pytest.raises(AmbiguousRevision, match="'abcd1' or 'abcd2'") as caught:
        graph_of("abcd1:\nabcd2: abcd1").get("abc")

    assert caught.value.fields["candidates"] == ("abcd1", "abcd2")


def test_base_is_no_revision_to_show() -> None:
    """Asked for one revision, base is none."""
    with pytest.raises(UsageError, match="stands for no revision"):
        graph_of(TWO_HEADS).get("base")


def test_a_graph_does_not_change() -> None:
    """Neither the mapping nor a revision in it can be written to."""
    graph = graph_of(TWO_HEADS)

    with pytest.raises(TypeError):
        graph.revisions["b3"] = graph.get("b1")  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        graph.get("b1").id = "b3"  # type: ignore[misc]
    with pytest.raises(KeyError):
        graph.revisions["one"]


def test_a_long_line_is_walked_without_recursion() -> None:
    """Thousands of revisions are an ordinary project."""
    count = 3000
    graph = graph_of("\n".join(f"r{n}: {f'r{n - 1}' if n else ''}" for n in range(count)))

    assert len(graph.walk()) == count
    assert graph.resolve(f"r0+{count - 1}") == (f"r{count - 1}",)


def test_looking_imports_neither_alembic_nor_sqlalchemy(tmp_path: Path) -> None:
    """A command that only looks must answer at once."""
    code = (
        "import sys; from limosa.graph import Graph; import limosa.plan;"
        "Graph.read(sys.argv[1:]).walk();"
        "print({'alembic', 'sqlalchemy', 'psycopg', 'sqlite3', 'click'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], check=True, capture_output=True, text=True
    )

    assert done.stdout.strip() == "set()"
