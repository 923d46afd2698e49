"""``limosa export docs``: a page about each revision, kept up to date, and nobody else's file touched."""

from __future__ import annotations

import os
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target
from tests.integration.cli.shell import Shell


@pytest.fixture
def made(project: Callable[..., AlembicProject], sqlite: Target) -> AlembicProject:
    """Two revisions, the second not applied."""
    made = project(url=sqlite.url)
    made.revise(
        "001", None, message="the `first` | <one>", upgrade='op.execute("CREATE TABLE thing (id INTEGER)")',
        downgrade='op.drop_table("thing")',
    )  # fmt: skip
    made.revise("002", "001", message="second", upgrade='op.drop_table("thing")')
    Shell(made.root).limosa("upgrade", "001", "--quiet")
    return made


def git(folder: Path, *arguments: str, author: str = "Ann Other") -> None:
    """Run git as somebody."""
    who = {"NAME": author, "EMAIL": "ann@example.org", "DATE": "2026-01-02T03:04:05+00:00"}
    variables = {f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()}
    environment = {**os.environ, **variables}
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, env=environment)


def test_a_page_says_what_for_what_who_and_where(made: AlembicProject, tmp_path: Path) -> None:
    """Purpose, changes, author, place in the graph, and where it is applied; the index links to all."""
    shell, folder = Shell(made.root), tmp_path / "docs"
    git(made.root, "init", "-q")
    git(made.root, "add", ".")
    git(made.root, "commit", "-qm", "all")
    git(made.root, "mv", "migrations/versions/002_second.py", "migrations/versions/002_renamed.py")
    git(made.root, "commit", "-qm", "rename", author="Somebody Else")

    report = shell.json("export", "docs", str(folder))

    assert sorted(report["written"]) == ["graph.svg", "index.md", "revisions/001.md", "revisions/002.md"]
    first, second = ((folder / "revisions" / f"{name}.md").read_text() for name in ("001", "002"))
    assert "# 001: the \\`first\\` \\| \\<one\\>\n" in first
    assert "- author: Ann Other, 2026-01-02T03:04:05+00:00\n" in first
    assert "- before: [002](002.md)\n" in first
    assert "1. run SQL: `CREATE TABLE thing (id INTEGER)`\n" in first
    assert "1. drop table `thing`\n" in first
    assert "| development | yes | 20" in first
    assert "Revision ID" not in first
    assert "| development | no |  |  |\n" in second
    assert "- author: Ann Other, 2026-01-02T03:04:05+00:00\n" in second
    index = (folder / "index.md").read_text()
    assert "![The revision graph, 2 revisions](graph.svg)" in index
    assert "| [001](revisions/001.md) | the \\`first\\` \\| \\<one\\> | Ann Other | development |\n" in index
    assert ET.parse(folder / "graph.svg").getroot().get("role") == "img"


def test_again_only_what_has_changed(made: AlembicProject, tmp_path: Path) -> None:
    """A second run writes nothing; a page of a revision that is gone goes, and no file of others'."""
    shell, folder = Shell(made.root), tmp_path / "docs"
    shell.limosa("export", "docs", str(folder))
    times = {path: path.stat().st_mtime_ns for path in folder.rglob("*.*")}
    (folder / "notes.md").write_text("mine")
    (folder / "revisions" / "old.md").write_text("mine, too")

    again = shell.json("export", "docs", str(folder))
    assert (again["written"], len(again["unchanged"]), again["removed"]) == ([], 4, [])
    assert {path: path.stat().st_mtime_ns for path in times} == times

    next(made.versions.glob("002*")).unlink()
    assert shell.limosa("export", "docs", str(folder)).stdout.endswith("3 written, 0 unchanged, 1 removed\n")
    assert sorted(path.name for path in folder.rglob("*.md")) == ["001.md", "index.md", "notes.md", "old.md"]


def test_files_of_others_stop_it(made: AlembicProject, tmp_path: Path) -> None:
    """A file with the name of ours that is not ours: nothing is written."""
    shell, folder = Shell(made.root), tmp_path / "docs"
    folder.mkdir()
    (folder / "index.md").write_text("# My own\n")

    told = shell.limosa("export", "docs", str(folder), code=2).stderr

    assert "index.md' was not written by Limosa" in told
    assert [path.name for path in folder.rglob("*")] == ["index.md"]
    (tmp_path / "file").write_text("")
    assert "cannot be written" in shell.limosa("export", "docs", str(tmp_path / "file"), code=2).stderr


def test_several_environments_and_no_git(made: AlembicProject, tmp_path: Path) -> None:
    """Each environment has its line, one that cannot be asked is not known; without git the file tells."""
    (made.root / "limosa.toml").write_text(
        '[environments.development]\n[environments.production]\nurl_env = "NOT_SET_ANYWHERE"\n'
    )
    shell, folder = Shell(made.root), tmp_path / "docs"

    shell.limosa("export", "docs", str(folder), "--all-environments")

    page = (folder / "revisions" / "001.md").read_text()
    assert "| development | yes | 20" in page
    assert "| production | not known |  |  |\n" in page
    assert f"- author: {made.env.owner()}, 20" in page


def test_ids_that_are_no_file_names(made: AlembicProject, tmp_path: Path) -> None:
    """An id with slashes stays inside the folder, and two that look alike have a page each."""
    made.add("odd.py", 'revision = "a/../b"\ndown_revision = "002"\ndef upgrade(): pass\n')
    made.revise("a_.._b", "002")
    folder = tmp_path / "docs"

    Shell(made.root).limosa("export", "docs", str(folder), "--no-database")

    pages = {path.name for path in (folder / "revisions").iterdir()}
    assert pages == {"001.md", "002.md", "a_.._b.md", "a_.._b-2.md"}
    assert "No database was asked." in (folder / "revisions" / "001.md").read_text()
