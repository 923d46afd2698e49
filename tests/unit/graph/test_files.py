"""Which files are revisions, and in which order they are read: as Alembic does it."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from limosa.errors import GraphError
from limosa.graph import Graph
from tests.fixtures.graphs import write_revision


def alembics(locations: list[Path], *, recursive: bool) -> list[str]:
    """Return the ids in the order in which Alembic loads them."""
    scripts = ScriptDirectory(
        str(locations[0]),
        version_locations=[str(each) for each in locations],
        recursive_version_locations=recursive,
    )
    with warnings.catch_warnings(action="ignore"):  # it warns of a file reached by two ways
        return [script.revision for script in scripts._load_revisions()]


@pytest.mark.parametrize("recursive", [False, True])
def test_the_files_are_alembics(tmp_path: Path, *, recursive: bool) -> None:
    """Folders, links, editors' and interpreters' leavings: the same files in the same order."""
    one, two, gone = tmp_path / "one", tmp_path / "two", tmp_path / "gone"
    write_revision(one, "b1")
    write_revision(one, "a1")
    write_revision(one / "sub" / "deeper", "s2")
    write_revision(one / "sub", "s1")
    write_revision(one / "early", "e1")
    write_revision(one / "__pycache__", "c1")
    write_revision(two, "z1")
    write_revision(two, "y1")
    write_revision(tmp_path / "elsewhere", "w1")
    for name in ("__init__.py", "__init__old.py", ".#a1.py", "notes.txt", "a1.pyc", "a1.py~", "a1.py.orig"):
        (one / name).write_text("this is ( no Python")
    (one / "folder.py").mkdir()
    (two / "link.py").symlink_to(tmp_path / "elsewhere" / "w1.py")
    (two / "again.py").symlink_to(one / "a1.py")
    (two / "note.py").symlink_to(one / "notes.txt")
    (two / "linked").symlink_to(one / "early")
    locations = [one, two, gone]

    found = list(Graph.read(locations, recursive=recursive).revisions)

    assert found == ["a1", "b1", *(["e1", "s1", "s2"] if recursive else []), "w1", "y1", "z1"]
    assert found == alembics(locations, recursive=recursive)


def test_a_location_given_twice_is_read_once(tmp_path: Path) -> None:
    """A file is one revision, by however many ways it is reached."""
    write_revision(tmp_path / "one", "a1")
    (tmp_path / "same").symlink_to(tmp_path / "one")

    assert Graph.read([tmp_path / "one", tmp_path / "same"]).heads == ("a1",)


def test_a_link_to_nowhere_is_an_error(tmp_path: Path) -> None:
    """A revision that ought to be there and is not must not be passed over."""
    (tmp_path / "lost.py").symlink_to(tmp_path / "nowhere.py")

    with pytest.raises(GraphError, match=r"nowhere\.py' cannot be read"):
        Graph.read([tmp_path])


def test_no_files_are_an_empty_graph(tmp_path: Path) -> None:
    """A new project has no heads, and nothing to walk."""
    graph = Graph.read([tmp_path])

    assert (graph.heads, graph.bases, graph.walk()) == ((), (), ())
