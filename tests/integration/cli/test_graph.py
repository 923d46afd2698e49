"""``limosa graph``: the graph of a project with what is applied where, in several environments at once."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.projects import AlembicProject
from tests.integration.cli.shell import LIMOSA, Shell

ENVIRONMENTS = """
[environments.development]
url = "sqlite:///dev.db"
[environments.staging]
url = "sqlite:///staging.db"
[environments.production]
url_env = "PRODUCTION_URL"
"""

UNSET = "'PRODUCTION_URL', named by limosa.toml [environments.production] url_env, is not set"


@pytest.fixture
def shell(project: Callable[..., AlembicProject]) -> Shell:
    """Two branches on one base; staging is at one of their heads, development at the base."""
    made = project()
    made.revise("001", None, message="the base")
    made.revise("002", "001", message="left", labels="left")
    made.revise("003", "001", message="right")
    (made.root / "limosa.toml").write_text(ENVIRONMENTS)
    shell = Shell(made.root)
    shell.limosa("upgrade", "001", "--env", "development")
    shell.limosa("upgrade", "003", "--env", "staging")
    return shell


def test_environments_stand_side_by_side(shell: Shell) -> None:
    """Each environment's place is shown; one that cannot be asked is said so, and is no failure."""
    assert shell.limosa("graph", "--all-environments").stdout.splitlines() == [
        "○ 002 (head, left) left",
        "│ ◐ 003 (head) right  <- staging",
        "├─╯",
        "● 001 the base  <- development",
        "",
        "● applied   ◐ applied in some of the databases   ○ not applied",
        "development: behind, 001",
        "staging: behind, 003",
        f"production: unreachable, environment variable {UNSET}",
    ]
    two = shell.json("graph", "--env", "staging", "--env", "development")
    assert [place["name"] for place in two["places"]] == ["staging", "development"]
    assert [(one["id"], one["extent"], one["applied_in"]) for one in two["nodes"]] == [
        ("002", "nowhere", []),
        ("003", "somewhere", ["staging"]),
        ("001", "everywhere", ["staging", "development"]),
    ]


def test_one_environment_is_the_chosen_one(shell: Shell) -> None:
    """Without an option the environment of the settings is asked, and with --no-database nobody is."""
    assert "● 001 the base  <- development" in shell.limosa("graph").stdout
    assert "● 003 (head) right  <- staging" in shell.limosa("--env", "staging", "graph").stdout
    alone = shell.limosa("graph", "--no-database", "--env", "production").stdout
    assert alone.endswith("* 001 the base\n")


def test_part_of_the_graph(shell: Shell) -> None:
    """A range and a branch choose; what is chosen wrongly is a sentence."""
    assert shell.limosa("graph", "--branch", "left", "--no-database").stdout == "* 002 (head, left) left\n"
    assert shell.limosa("graph", "--branch", "003", "--no-database").stdout == (
        "* 003 (head) right\n* 001 the base\n"
    )
    assert shell.limosa("graph", "-r", "001:002", "--no-database").stdout == (
        "* 002 (head, left) left\n* 001 the base\n"
    )
    assert "no branch label and no revision answers to 'top'" in (
        shell.limosa("graph", "--branch", "top", code=2).stderr
    )
    one_url = shell.limosa("graph", "--all-environments", "--url", "sqlite:///dev.db", code=2)
    assert "names one database" in one_url.stderr


def test_files_are_written_whole(shell: Shell, tmp_path: Path) -> None:
    """--output replaces a file, and a place that cannot be written to is told before anything is lost."""
    picture = tmp_path / "graph.svg"
    picture.write_text("old")

    shell.limosa("graph", "--format", "svg", "--output", str(picture))
    told = shell.limosa("graph", "--output", str(tmp_path / "nowhere" / "g.txt"), code=2).stderr

    assert ET.parse(picture).getroot().get("role") == "img"
    assert [path.name for path in tmp_path.iterdir() if path.suffix == ".svg"] == ["graph.svg"]
    assert "cannot be written: No such file or directory" in told


def test_an_old_terminal_gets_plain_signs(shell: Shell) -> None:
    """Where the lines cannot be printed, letters and dashes are."""
    variables = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = shell.run("env", *(f"{k}={v}" for k, v in variables.items()), *LIMOSA, "graph", "--no-database")

    assert done.stdout.splitlines() == [
        "* 002 (head, left) left",
        "| * 003 (head) right",
        "|-/",
        "* 001 the base",
    ]
