"""``limosa plan`` as a person types it: the page, the document, and the error with its exit code."""

from __future__ import annotations

import json

import pytest

from tests.fixtures.projects import MakeProject
from tests.fixtures.targets import Target
from tests.integration.cli.shell import Shell


@pytest.fixture
def shell(project: MakeProject, sqlite: Target) -> Shell:
    """A project with three revisions, the last of which fails."""
    made = project(url=sqlite.url)
    made.revise(
        "001", None, message="make it", upgrade='op.execute("CREATE TABLE thing (\\n  id integer\\n)")'
    )
    made.revise("002", "001", message="fill it", upgrade='op.execute("INSERT INTO thing VALUES (1)")')
    made.revise("003", "002", message="break it", upgrade='op.execute("DROP TABLE other")')
    return Shell(made.root, sqlite.url.reveal())


def test_the_page_shows_each_statement_in_its_step(shell: Shell) -> None:
    """Texts keep their lines, and each says what it touches; nothing is done."""
    assert shell.limosa("plan", "002").stdout.splitlines() == [
        "upgrade base -> 002, 2 revisions:",
        "captured on a copy without rows, made from an empty database, as there is none yet",
        "+ 001 make it (1 statement)",
        "  changes the schema",
        "    CREATE TABLE thing (",
        "      id integer",
        "    )",
        "+ 002 fill it (1 statement)",
        "  changes rows",
        "    INSERT INTO thing VALUES (1)",
    ]
    assert "empty" in shell.limosa("status").stdout


def test_the_document_holds_the_plan(shell: Shell) -> None:
    """--json prints the plan itself; --brief leaves the statements out and runs nothing."""
    plan = json.loads(shell.limosa("plan", "001", "--json").stdout)
    (statement,) = plan["steps"][0]["statements"]
    assert statement["touches"] == "changes the schema"
    assert statement["in_transaction"] is True
    brief = json.loads(shell.limosa("plan", "--brief", "--json").stdout)
    assert [step["statements"] for step in brief["steps"]] == [None, None, None]
    assert brief["captured_on"] is None


def test_a_failure_shows_the_plan_up_to_there(shell: Shell) -> None:
    """The steps before it are printed, the error says where, and the exit code is that of the run."""
    done = shell.limosa("plan", code=1)
    assert "INSERT INTO thing" in done.stdout
    assert "DROP TABLE other" in done.stdout
    assert "003" in done.stderr
    assert "no such table: other" in done.stderr
    document = json.loads(shell.limosa("plan", "--json", code=1).stdout)
    assert document["error"]["code"] == "revision-failed"
    steps = document["error"]["fields"]["plan"]["steps"]
    assert [len(step["statements"]) for step in steps] == [1, 1, 1]


def test_the_way_down_and_nothing_to_do(shell: Shell) -> None:
    """--down takes the same words as downgrade, and an empty plan says where the database is."""
    shell.limosa("upgrade", "002")
    assert "- 002 fill it (0 statements)" in shell.limosa("plan", "--down", "-1").stdout
    assert shell.limosa("plan", "002").stdout == "nothing to do: the database is at 002\n"
    assert "nowhere" in shell.limosa("plan", "nowhere", code=2).stderr


def test_a_snapshot_is_named_where_an_upgrade_starts_from_it(project: MakeProject, either: Target) -> None:
    """Which, and how many revisions it stands for; the revisions stay; --no-snapshot shows them alone."""
    made = project(url=either.url)
    made.revise("001", None, upgrade='op.execute("CREATE TABLE one (id INTEGER)")')
    made.revise("002", "001", upgrade='op.execute("CREATE TABLE two (id INTEGER)")')
    made.revise("003", "002", upgrade='op.execute("CREATE TABLE three (id INTEGER)")')
    shell = Shell(made.root)
    assert shell.json("plan", "--brief")["snapshot"] is None
    shell.limosa("snapshot", "002")
    name = f"002.{either.engine}.sql"
    words = f"starts from snapshot {name}, which stands for 2 revisions, up to 002\n"

    for arguments in (("plan",), ("plan", "--brief"), ("upgrade", "--dry-run")):
        told, alone = shell.limosa(*arguments).stdout, shell.limosa(*arguments, "--no-snapshot").stdout
        assert words in told
        assert "snapshot" not in alone
        assert all(f"+ {one} " in told and f"+ {one} " in alone for one in ("001", "002", "003"))
    found = shell.json("plan", "--brief")
    assert found["snapshot"]["path"].endswith(f"/snapshots/{name}")
    assert (found["snapshot"]["revisions"], found["snapshot"]["stands_for"]) == (["002"], 2)
    assert [one["revision"]["id"] for one in found["steps"]] == ["001", "002", "003"]

    assert shell.json("plan", "001", "--brief")["snapshot"] is None, "it reaches further"
    assert shell.json("upgrade")["snapshot"] == name, "the upgrade does what the plan said"
    shell.limosa("downgrade", "002", "--yes")
    assert shell.json("plan", "--brief")["snapshot"] is None, "not empty any more"
