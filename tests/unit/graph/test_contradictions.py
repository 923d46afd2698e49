"""Files that make no graph together: one error each, with all files in it and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from limosa.errors import GraphError
from limosa.graph import Graph
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
