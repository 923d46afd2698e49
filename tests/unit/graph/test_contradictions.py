"""Files that make no graph together: one error each, with all files in it and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from limosa.errors import GraphError
from limosa.graph import Graph
from limosa.graph.checks import contradictions
from limosa.graph.raw import Links
from tests.fixtures.graphs import graph_of, write_revision


def refused(text: str) -> tuple[str, tuple[str, ...]]:
    """Return the message and the names of the files of the error that this graph gives."""
    with pytest.raises(GraphError) as caught:
        graph_of(text)
    assert caught.value.hint
    return str(caught.value), tuple(Path(path).stem for path in caught.value.fields["paths"])


def test_one_id_in_two_files(tmp_path: Path) -> None:
    """Alembic warns and takes the second; here both files are named."""
    first = write_revision(tmp_path, "a")
    second = tmp_path / "copy of a.py"
    second.write_text(first.read_text())

    with pytest.raises(GraphError, match="defined twice") as caught:
        Graph.read([tmp_path])

    assert caught.value.fields["paths"] == (str(first.resolve()), str(second.resolve()))


def test_a_missing_parent() -> None:
    """The file that refers to it is named, and the id."""
    # lost <- b
    assert refused("b: lost") == ("'versions/b.py' follows revision 'lost', which no file defines", ("b",))


def test_a_missing_dependency() -> None:
    """A dependency may be an id or a label; this one is neither."""
    assert refused("a: ; lost") == (
        "'versions/a.py' depends on revision 'lost', which no file defines",
        ("a",),
    )


def test_a_cycle() -> None:
    """Only the revisions of the circle are named, not all that stand on it."""
    #      .---------.
    #      v         |
    # a <- b <- c <- d     e stands on the circle
    #           ^- e
    message, files = refused("a:\nb: a d\nc: b\nd: c\ne: c")

    assert message == "revisions go round in a circle: 'b' -> 'd' -> 'c' -> 'b'"
    assert files == ("b", "d", "c")


def test_a_cycle_by_way_of_a_dependency() -> None:
    """The hint names the field to correct."""
    # a <- b, and a depends on b's label
    with pytest.raises(GraphError, match="circle") as caught:
        graph_of("a: ; left\nb: a; ; left")

    assert "depends_on" in str(caught.value.hint)
    assert caught.value.fields["revisions"] == ("a", "b")


@pytest.mark.parametrize("text", ["a: a", "a: ; a", "a: ; me; me"])
def test_a_revision_that_stands_on_itself(text: str) -> None:
    """The smallest circle has one file."""
    assert refused(text) == ("revisions go round in a circle: 'a' -> 'a'", ("a",))


@pytest.mark.parametrize("text", ["a: ; ; x\nb: a; ; x", "x:\nb: x; ; x"])
def test_a_label_that_is_taken(text: str) -> None:
    """By another label or by an id."""
    message, files = refused(text)

    assert "already used" in message
    assert files in {("a", "b"), ("x", "b")}


def test_all_files_of_a_contradiction_are_in_one_error() -> None:
    """Three files with one id, and two that follow what is not there, are one error each."""
    assert refused("a:\na:\na:")[1] == ("a", "a", "a")
    message, files = refused("a:\nb: lost\nc: lost")
    assert message == "'versions/b.py' and 'versions/c.py' follow revision 'lost', which no file defines"
    assert files == ("b", "c")


def test_a_misspelt_parent_is_guessed() -> None:
    """The hint names the id that was probably meant, and never the revision itself."""
    with pytest.raises(GraphError) as caught:
        graph_of("20260115_rings:\nb: 20260115_ring")
    assert str(caught.value.hint).startswith("did you mean '20260115_rings'? ")
    with pytest.raises(GraphError) as caught:
        graph_of("rings: ring")
    assert "did you mean" not in str(caught.value.hint)


def test_every_circle_is_found_once() -> None:
    """What only stands on a circle, or below none, is in no error."""
    links = [Links(name, tuple(parents), (), (), f"{name}.py") for name, parents in CIRCLES.items()]
    assert [error.fields["revisions"] for error in contradictions(links)] == [("a", "b"), ("d", "f", "e")]


CIRCLES = {"a": "b", "b": "a", "c": "a", "d": "f", "e": "dc", "f": "e", "g": "e", "h": ""}
