"""Every command block of the documents works, and prints what the page shows."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT
from tests.docs.blocks import Shell, blocks, follow, is_like

DOCS = ROOT / "docs"
FOLLOWED = [
    "tutorial.md",
    "how-to/adopt-an-alembic-project.md",
    "how-to/asynchronous-applications.md",
    "how-to/come-from-a-script.md",
    "how-to/come-from-flask-migrate.md",
    "how-to/look-around-and-start-over.md",
    "how-to/many-revisions.md",
    "how-to/monitor.md",
    "how-to/operations-for-live-tables.md",
    "how-to/postgresql-in-tests.md",
    "how-to/test-with-a-migrated-database.md",
]


@pytest.mark.parametrize("name", FOLLOWED)
def test_a_page_can_be_followed(name: str, tmp_path: Path) -> None:
    """From an empty folder, each block does what the text below it says."""
    with Shell(tmp_path) as shell:
        follow((DOCS / name).read_text(encoding="utf-8"), shell)


def test_the_readme_shows_what_is_printed(tmp_path: Path) -> None:
    """The minute of output in the README is what doc_extractor's migration prints."""
    ignored = shutil.ignore_patterns(".limosa", "__pycache__", "*.egg-info")
    shutil.copytree(
        ROOT / "systems" / "doc_extractor", tmp_path / "systems" / "doc_extractor", ignore=ignored
    )
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    minute = page.partition("## One minute")[2].partition("\n## ")[0]
    with Shell(tmp_path) as shell:
        follow(minute, shell)


def test_no_command_block_is_left_out() -> None:
    """A page with commands is either followed as a whole or is about a machine that no test has."""
    elsewhere = {"how-to/ci.md", "how-to/long-locks.md", "runbook.md", "concepts.md"}
    with_commands = {
        path.relative_to(DOCS).as_posix()
        for path in DOCS.rglob("*.md")
        if any(block.language == "sh" for block in blocks(path.read_text(encoding="utf-8")))
    }
    assert with_commands - elsewhere == set(FOLLOWED)


def test_a_wrong_page_is_found(tmp_path: Path) -> None:
    """Other output, and a command that fails, stop the walk."""
    with Shell(tmp_path) as shell:
        follow("```sh\necho one two\n```\n\n```text\none …\n```\n", shell)
        with pytest.raises(AssertionError, match="line 5"):
            follow("```sh\necho one\n```\n\n```text\ntwo\n```\n", shell)
        with pytest.raises(AssertionError, match="failed"):
            follow("```sh\nfalse\n```\n", shell)


def test_an_ellipsis_stands_for_anything() -> None:
    """It matches within a line and over lines, and nothing else is loose."""
    assert is_like("done in 38 ms, 1 statement\n", "done in …, 1 statement\n")
    assert is_like("a\nb\nc\n", "a\n…\nc\n")
    assert is_like("done in 38 ms\n", "done in 1.5 s\n")
    assert not is_like("done in 38 ms, 2 statements\n", "done in …, 1 statement\n")
