"""Pages: values as text, plain and on a terminal."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from limosa.cli.page import Facts, Grid, Line, Page, Tone, as_text, row
from limosa.cli.terminal import print_page
from limosa.cli.views.project import scaffold_page
from limosa.cli.views.revisions import (
    branches_page,
    created_page,
    detail_page,
    heads_page,
    history_page,
    ledger_page,
    pending_page,
)
from limosa.cli.views.runs import plan_page, report_page
from limosa.cli.views.standing import current_page, status_page, verify_page
from limosa.config.scaffold import scaffold
from limosa.model.history import AppliedRevision, HistoryEntry, LedgerEntry, RevisionDetail
from limosa.model.plan import Plan, Step
from limosa.model.revision import Direction, Revision
from limosa.model.run import Outcome, RunReport, StepReport
from limosa.model.status import State
from limosa.model.verify import Check, VerifyReport
from tests.unit.cli.test_document import STATUS

FIRST = Revision("001", (), (), ("core",), "initial", "", Path("001_initial.py"), None, "c1", True, True)
SECOND = Revision(
    "002", ("001",), (), (), "add owner", "", Path("002_add_owner.py"), "2026", "c2", True, True
)
ENTRY = LedgerEntry(
    5, 2, "002", "upgrade", ("001",), ("002",), "2026-01-02T03:04:05Z", "2026-01-02T03:04:06Z", 0.5,
    "applied", "ann", "host1", 77, "limosa 0.1.0", "c2", None,
)  # fmt: skip
STEP = StepReport("002", "add owner", Direction.UPGRADE, 0.5, 3, 1)
REPORT = RunReport(2, Outcome.APPLIED, ("001",), ("002",), (STEP,), 0.61, 0.0, "sqlite:///x.db")


def test_status_names_everything_and_what_is_pending() -> None:
    """A person sees the state in words, the place, and each pending revision with its file."""
    assert as_text(status_page(STATUS)).splitlines() == [
        "state:       behind",
        "current:     001",
        "head:        002",
        "environment: development",
        "database:    sqlite:///x.db",
        "",
        "1 pending revision:",
        "revision  message    file",
        "002       add owner  versions/002.py",
    ]


@pytest.mark.parametrize("state", State)
def test_every_state_has_words_and_a_reason(state: State) -> None:
    """No state is shown by the name of its enum, and the reason follows it."""
    lines = as_text(status_page(replace(STATUS, state=state, reason="because", pending=()))).splitlines()

    assert lines[0].removeprefix("state:").strip()
    assert "_" not in lines[0]
    assert lines[1] == "reason:      because"


def test_current_marks_heads_and_strangers() -> None:
    """A version row is marked as Alembic marks it; one without a file says so."""
    rows = (AppliedRevision("002", SECOND, True), AppliedRevision("beef", None, False))

    assert as_text(current_page(rows)) == "002 (head) add owner\nbeef (not on disk)\n"
    assert as_text(current_page(())) == "no revision is applied\n"


def test_lists_of_revisions() -> None:
    """Heads, branch points and pending revisions are a line each; none is said in words."""
    assert as_text(heads_page((FIRST,))) == "001 (core) (head) initial\n"
    assert as_text(branches_page((FIRST,))) == "001 (core) (branchpoint) initial\n"
    assert as_text(pending_page((SECOND,))).splitlines()[1] == "002       add owner  002_add_owner.py"
    assert as_text(heads_page(())) == "no revision on disk\n"
    assert as_text(branches_page(())) == "no branch points\n"
    assert as_text(pending_page(())) == "nothing is pending\n"
    assert as_text(created_page(SECOND)).startswith("created 002 in 002_add_owner.py\n")


def test_history_and_ledger() -> None:
    """History shows marks and when a revision came; the ledger shows every step."""
    entries = (
        HistoryEntry(SECOND, True, False, False, False, None, None),
        HistoryEntry(FIRST, False, True, True, False, "2026-01-02T03:04:05Z", "ann"),
    )
    assert as_text(history_page(entries)).splitlines() == [
        "revision  after  message    marks                 applied              by",
        "002       001    add owner  head",
        "001       base   initial    current, branchpoint  2026-01-02 03:04:05  ann",
    ]
    unknown = replace(ENTRY, revision=None, direction=None, duration_s=None)
    last = as_text(ledger_page((ENTRY, unknown)))
    assert " ".join(last.splitlines()[1].split()) == (
        "5 2026-01-02 03:04:06 upgrade 002 001 -> 002 500 ms applied ann@host1 limosa 0.1.0"
    )
    assert as_text(history_page(())) == "no revision on disk\n"
    assert as_text(ledger_page(())) == "the ledger is empty\n"


def test_detail_shows_source_and_place() -> None:
    """A revision in full has its neighbours, its file and its text."""
    text = as_text(detail_page(RevisionDetail(SECOND, "def upgrade(): ...\n", (), (ENTRY,))))

    assert "after:    001\nbefore:   head\n" in text
    assert text.endswith("\ndef upgrade(): ...\n")
    assert "ann@host1" in text


@pytest.mark.parametrize(
    ("report", "text"),
    [
        (REPORT, "upgraded 001 -> 002: 1 revision in 610 ms"),
        (
            replace(REPORT, steps=(replace(STEP, direction=Direction.DOWNGRADE),), after=(), waited_s=65.0),
            "downgraded 001 -> base: 1 revision in 610 ms, after waiting 1 min 05 s for another runner",
        ),
        (replace(REPORT, steps=()), "stamped 001 -> 002"),
        (
            replace(REPORT, outcome=Outcome.NOTHING_TO_DO, after=("001",)),
            "nothing to do: the database is at 001",
        ),
        (replace(REPORT, outcome=Outcome.INTERRUPTED), "interrupted: 001 -> 002"),
    ],
)
def test_report_is_one_sentence(report: RunReport, text: str) -> None:
    """What a run did is said in a line."""
    assert as_text(report_page(report)) == f"{text}\n"


def test_plan_lists_its_steps_in_order() -> None:
    """Before a downgrade a person sees what would run."""
    step = Step(Direction.DOWNGRADE, SECOND, ("002",), ("001",))
    plan = Plan(Direction.DOWNGRADE, "-1", ("002",), ("001",), (step,))

    assert as_text(plan_page(plan)).splitlines() == [
        "downgrade 002 -> 001, 1 revision:",
        "direction  revision  message",
        "downgrade  002       add owner",
    ]


def test_verify_counts_failures() -> None:
    """Each check is a line, and the last line sums up."""
    good, bad = Check("tables", True, ""), Check("index used", False, "seq scan")

    assert as_text(verify_page(VerifyReport((good, bad)))).splitlines() == [
        "pass  tables",
        "FAIL  index used: seq scan",
        "1 of 2 checks failed",
    ]
    assert as_text(verify_page(VerifyReport((good,)))).splitlines()[-1] == "1 check passed"


def test_init_says_what_comes_next(tmp_path: Path) -> None:
    """A new project lists its files and the next commands."""
    text = as_text(scaffold_page(scaffold(tmp_path, variables={})))

    assert "  wrote migrations/env.py\n" in text
    assert text.splitlines()[-1] == "  4. limosa upgrade"


BLOCKS: Page = (
    Line("a [bold]line[/bold]", Tone.BAD),
    Facts((("label", Line("value", Tone.GOOD)),)),
    Grid(("one", "two"), (row("1", Line("2", Tone.FAINT)),)),
)


def test_terminal_shows_the_same_words() -> None:
    """On a terminal there are colours, and no text is taken for markup."""
    stream = io.StringIO()
    print_page(BLOCKS, stream=stream, has_color=True)

    assert [line.split() for line in stream.getvalue().splitlines()] == [
        ["a", "[bold]line[/bold]"],
        ["label", "value"],
        ["one", "two"],
        ["1", "2"],
    ]


def test_messages_cannot_steer_the_terminal() -> None:
    """Escape sequences in a revision's message are not passed on."""
    stream = io.StringIO()
    print_page((Line("\x1b[2Jcleared\x07"),), stream=stream, has_color=True)

    assert stream.getvalue() == "[2Jcleared\n"
