"""Locks that others hold: short and rising waits, retries, who stands in the way, and who waits behind us."""

from __future__ import annotations

import threading
import time

import pytest

from limosa.errors import LockRetriesUsedUp
from limosa.migrator import Migrator
from limosa.model.events import StatementFinished, StepRetried
from limosa.model.exit_code import ExitCode
from tests.fixtures.projects import AlembicProject, MakeProject
from tests.fixtures.targets import Target
from tests.integration.contention import WAITING, Run, Traffic, held
from tests.integration.process import limosa, until, write_lock

WIDEN = 'op.add_column("pigeons", sa.Column("loft", sa.String(20)))'
NOTE_TIMEOUT = (
    "op.execute(\"INSERT INTO seen (name, value) SELECT '{0}', current_setting('lock_timeout')\")\n"
)


@pytest.fixture
def made(project: MakeProject, pg: Target) -> AlembicProject:
    """A project with a table that has rows, and a second revision for the test to write."""
    made = project(url=pg.url)
    made.revise(
        "r1",
        None,
        upgrade="""
        op.execute("CREATE TABLE pigeons (ring integer PRIMARY KEY, age integer)")
        op.create_table("seen", sa.Column("name", sa.Text), sa.Column("value", sa.Text))
        op.execute("INSERT INTO pigeons SELECT n, n % 10 FROM generate_series(1, 1000) n")
        """,
    )
    Migrator(project=made.root).upgrade()
    return made


def columns(pg: Target) -> list[str]:
    """The columns of the table."""
    found = pg.rows(
        "SELECT column_name FROM information_schema.columns WHERE table_name = 'pigeons' ORDER BY 1"
    )
    return [name for (name,) in found]


def test_blocked_step_is_retried_and_the_blocker_is_named(made: AlembicProject, pg: Target) -> None:
    """Each try waits longer than the one before, to the most; event and error say who holds the lock."""
    made.revise("r2", "r1", upgrade=WIDEN)
    run = Run(made, lock_budget_s=2.5, lock_timeout_first_ms=50, lock_timeout_most_ms=200)
    with held(pg, "SELECT * FROM pigeons LIMIT 1") as other:
        pid = other.info.backend_pid
        with pytest.raises(LockRetriesUsedUp) as caught:
            run.upgrade()

    error, retries = caught.value, run.retries
    assert error.exit_code is ExitCode.LOCK_RETRIES_USED_UP
    assert [r.lock_timeout_ms for r in retries[:4]] == [50, 100, 200, 200]
    assert [r.attempt for r in retries] == list(range(1, len(retries) + 1))
    waits = [e.duration_s for e in run.events if isinstance(e, StatementFinished) and e.error]
    assert len(waits) == len(retries) + 1
    assert all(wait > r.lock_timeout_ms / 1000 * 0.9 for wait, r in zip(waits, retries, strict=False))
    for blocker in (r.blocker for r in retries[1:]):
        assert blocker is not None
        assert (blocker.pid, blocker.application, blocker.user) == (pid, "nightly-report", "postgres")
        assert (blocker.state, blocker.query) == ("idle in transaction", "SELECT * FROM pigeons LIMIT 1")
    for words in (f"pid {pid}", "nightly-report", "SELECT * FROM pigeons LIMIT 1", "'r2'"):
        assert words in error.message
    assert f"pg_terminate_backend({pid})" in (error.hint or "")
    assert columns(pg) == ["age", "ring"]
    assert Migrator(project=made.root).status().current == ("r1",)


def test_command_ends_with_seven(made: AlembicProject, pg: Target) -> None:
    """The command tells each retry and the blocker, ends with 7, and leaves nobody waiting behind it."""
    made.revise("r2", "r1", upgrade=WIDEN)
    with (
        held(pg, "SELECT * FROM pigeons LIMIT 1") as other,
        limosa("upgrade", cwd=made.root, environment={"LIMOSA_LOCK_BUDGET_S": "0.3"}) as process,
    ):
        assert process.end() == 7
        assert "no lock within 50 ms (attempt 1)" in process.told
        assert "error: 'r2' did not get its lock" in process.told
        assert f"it is held by pid {other.info.backend_pid} 'nightly-report'" in process.told
        assert "Traceback" not in process.told
        assert pg.rows("SELECT ring FROM pigeons WHERE ring = 1") == [(1,)]


def test_lock_that_is_released_in_time(made: AlembicProject, pg: Target) -> None:
    """When the lock comes free during the retries, the step succeeds and says how many tries it took."""
    made.revise("r2", "r1", upgrade=WIDEN)
    run = Run(made)
    with held(pg, "SELECT * FROM pigeons LIMIT 1") as other:
        run.on_retry = lambda event: other.rollback() if event.attempt == 2 else None
        assert run.upgrade() == 3

    assert columns(pg) == ["age", "loft", "ring"]


def test_each_step_has_a_budget_of_its_own(made: AlembicProject, pg: Target) -> None:
    """Time that one step spent on its retries is not taken from the next one's."""
    made.revise("r2", "r1", upgrade=WIDEN)
    made.revise("r3", "r2", upgrade='op.add_column("seen", sa.Column("by", sa.Text))')
    run = Run(made, lock_budget_s=2.6, lock_timeout_most_ms=50)
    with held(pg, "SELECT * FROM pigeons") as first, held(pg, "SELECT * FROM seen") as second:

        def release(event: StepRetried) -> None:
            if event.attempt == 1:
                threading.Event().wait(1.5)  # of the 2.6 s that each step has
            else:
                (first if event.revision == "r2" else second).rollback()

        run.on_retry = release
        run.upgrade()

    assert [(r.revision, r.attempt) for r in run.retries] == [("r2", 1), ("r2", 2), ("r3", 1), ("r3", 2)]


FAILS_ONCE = """
op.execute("DO $$ BEGIN IF nextval('tries') = 1 THEN RAISE 'not now' USING ERRCODE = '40001'; END IF; END $$")
"""


def test_blocker_of_an_earlier_step_is_forgotten(made: AlembicProject, pg: Target) -> None:
    """A step that is retried for another reason does not name the session that blocked the step before it."""
    pg.execute("CREATE SEQUENCE tries")
    made.revise("r2", "r1", upgrade=WIDEN)
    made.revise("r3", "r2", upgrade=FAILS_ONCE)
    run = Run(made, lock_timeout_first_ms=300)
    with held(pg, "SELECT * FROM pigeons LIMIT 1") as other:
        run.on_retry = lambda _: other.rollback()
        run.upgrade()

    assert [(r.revision, r.blocker is not None) for r in run.retries] == [("r2", True), ("r3", False)]


def test_readers_beside_a_blocked_alter(made: AlembicProject, pg: Target) -> None:
    """Behind plain Alembic's ALTER readers wait as long as it does; behind ours a fraction of that."""
    made.revise("r2", "r1", upgrade=WIDEN, downgrade='op.drop_column("pigeons", "loft")')
    hold_s = 1.6

    with held(pg, "SELECT * FROM pigeons LIMIT 1") as reader, Traffic(pg, 2) as beside_ours:
        release = threading.Timer(hold_s, reader.rollback)
        release.start()
        began = time.monotonic()
        Run(made, lock_timeout_most_ms=100).upgrade()
        whole_s = time.monotonic() - began
        release.join()
    Migrator(project=made.root).downgrade("-1")

    with held(pg, "SELECT * FROM pigeons LIMIT 1") as reader, Traffic(pg, 2) as beside_alembic:
        thread = threading.Thread(target=made.alembic, args=("upgrade", "head"))
        thread.start()
        until(lambda: pg.rows(WAITING.format("ALTER TABLE")), "plain Alembic waits for the lock")
        threading.Event().wait(hold_s)
        reader.rollback()
        thread.join()

    assert whole_s > hold_s
    assert beside_alembic.worst_s > hold_s * 0.9
    assert beside_ours.worst_s < hold_s / 2


def test_queue_behind_us_is_cut_short(made: AlembicProject, pg: Target) -> None:
    """When more sessions wait behind us than the limit, the watchdog cancels our statement; it is retried."""
    made.revise("r2", "r1", upgrade=WIDEN)
    forever_ms = 50_000
    run = Run(made, queue_limit=3, lock_timeout_first_ms=forever_ms, lock_timeout_most_ms=forever_ms)
    with held(pg, "SELECT * FROM pigeons LIMIT 1") as reader, Traffic(pg, 6) as traffic:
        run.on_retry = lambda _: reader.rollback()
        assert run.upgrade() >= 2

    assert traffic.worst_s < forever_ms / 1000 / 2
    first = next(e for e in run.events if isinstance(e, StatementFinished) and e.error)
    assert "canceling statement due to user request" in (first.error or "")
    assert run.retries[0].blocker is not None
    assert columns(pg) == ["age", "loft", "ring"]


def test_queue_within_the_limit_is_left_alone(made: AlembicProject, pg: Target) -> None:
    """As many waiting sessions as the limit allows are no reason to cancel."""
    made.revise("r2", "r1", upgrade=WIDEN)
    run = Run(made, queue_limit=3, lock_timeout_first_ms=50_000, lock_timeout_most_ms=50_000)
    with held(pg, "SELECT * FROM pigeons LIMIT 1") as reader, Traffic(pg, 3):

        def release() -> None:
            until_queued(pg, 3)
            reader.rollback()

        thread = threading.Thread(target=release)
        thread.start()
        assert run.upgrade() == 1
        thread.join()


def until_queued(pg: Target, sessions: int) -> None:
    """Wait until this many reads are blocked, and for some more looks of a watchdog."""
    query = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'SELECT age%'"
    )
    until(lambda: pg.rows(query)[0][0] >= sessions, "sessions wait behind the ALTER")
    threading.Event().wait(0.3)


PATIENT = {
    "validate": (
        'op.execute("ALTER TABLE pigeons VALIDATE CONSTRAINT old")',
        "LOCK TABLE pigeons IN SHARE UPDATE EXCLUSIVE MODE",
        "ALTER TABLE pigeons VALIDATE",
    ),
    "concurrently": (
        """
        with op.get_context().autocommit_block():
            op.create_index("by_age", "pigeons", ["age"], postgresql_concurrently=True)
        """,
        "UPDATE pigeons SET age = 1 WHERE ring = 1",
        "CREATE INDEX CONCURRENTLY",
    ),
}


@pytest.mark.parametrize("kind", sorted(PATIENT))
def test_patient_statements_have_no_timeout(made: AlembicProject, pg: Target, kind: str) -> None:
    """VALIDATE and CONCURRENTLY wait as long as it takes, whatever timeout is set, in one try."""
    upgrade, lock, query = PATIENT[kind]
    pg.execute("ALTER TABLE pigeons ADD CONSTRAINT old CHECK (age >= 0) NOT VALID")
    pg.execute(f"ALTER DATABASE {pg.url.database} SET lock_timeout = '50ms'")
    made.revise("r2", "r1", upgrade=upgrade)
    run = Run(made, lock_timeout_first_ms=50, lock_timeout_most_ms=50)
    with held(pg, lock) as other:

        def release() -> None:
            until(lambda: pg.rows(WAITING.format(query)), f"{kind} waits")
            threading.Event().wait(0.5)
            other.rollback()

        thread = threading.Thread(target=release)
        thread.start()
        assert run.upgrade() == 1
        thread.join()

    assert run.retries == []
    longest = max(e.duration_s for e in run.events if isinstance(e, StatementFinished))
    assert longest > 0.5
    assert pg.rows("SELECT count(*) FROM pg_constraint WHERE NOT convalidated") == [
        (int(kind != "validate"),)
    ]
    assert pg.rows("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == [(0,)]


def test_timeouts_are_set_by_what_a_statement_does(made: AlembicProject, pg: Target) -> None:
    """Data alone waits as the server says; with a strong lock in hand, waits are short."""
    pg.execute(f"ALTER DATABASE {pg.url.database} SET lock_timeout = '7s'")
    note = NOTE_TIMEOUT.format
    made.revise("r2", "r1", upgrade=note("data") + WIDEN + "\n" + note("schema"))
    made.revise("r3", "r2", upgrade=note("next"))

    Run(made, lock_timeout_first_ms=321).upgrade()

    seen = dict(pg.rows("SELECT name, value FROM seen"))
    assert seen == {"data": "0", "schema": "321ms", "next": "0"}


def test_timeout_of_the_revision_is_respected(made: AlembicProject, pg: Target) -> None:
    """A revision that sets lock_timeout itself is left with it, to its end and not beyond."""
    note = NOTE_TIMEOUT.format
    own = "op.execute(\"SET LOCAL lock_timeout = '1234ms'\")\n"
    made.revise("r2", "r1", upgrade=own + WIDEN + "\n" + note("own"))
    made.revise("r3", "r2", upgrade='op.add_column("seen", sa.Column("by", sa.Text))\n' + note("ours"))

    Run(made, lock_timeout_first_ms=321).upgrade()

    assert dict(pg.rows("SELECT name, value FROM seen")) == {"own": "1234ms", "ours": "321ms"}


def test_deadlock_is_retried(made: AlembicProject, pg: Target) -> None:
    """The server ends our transaction to solve a deadlock: the other one wins, the revision runs again."""
    made.revise(
        "r2",
        "r1",
        upgrade="""
        op.execute("UPDATE pigeons SET age = age + 100 WHERE ring = 1")
        op.execute("UPDATE pigeons SET age = age + 100 WHERE ring = 2")
        """,
    )
    before = dict(pg.rows("SELECT ring, age FROM pigeons WHERE ring < 3"))
    run = Run(made)
    # only the one whose own wait is over looks for a deadlock, and that must be ours
    with held(pg, "SET deadlock_timeout = '1h'", "UPDATE pigeons SET age = age + 10 WHERE ring = 2") as other:

        def embrace() -> None:
            until(lambda: pg.rows(WAITING.format("UPDATE pigeons")), "the revision waits for row 2")
            other.execute("UPDATE pigeons SET age = age + 10 WHERE ring = 1")
            other.commit()

        thread = threading.Thread(target=embrace)
        thread.start()
        assert run.upgrade() == 2
        thread.join()

    errors = [e.error or "" for e in run.events if isinstance(e, StatementFinished) and e.error]
    assert len(errors) == 1
    assert "deadlock detected" in errors[0]
    after = dict(pg.rows("SELECT ring, age FROM pigeons WHERE ring < 3"))
    assert after == {ring: age + 110 for ring, age in before.items()}


@pytest.fixture
def on_sqlite(project: MakeProject, sqlite: Target) -> AlembicProject:
    """The same on a SQLite file."""
    made = project(url=sqlite.url)
    made.revise("r1", None, upgrade='op.create_table("pigeons", sa.Column("ring", sa.Integer))')
    Migrator(project=made.root).upgrade()
    made.revise("r2", "r1", upgrade=WIDEN)
    return made


def test_write_lock_of_sqlite(on_sqlite: AlembicProject, sqlite: Target) -> None:
    """Another process writes for longer than the budget: a sentence with the file's name, and exit code 7."""
    with (
        write_lock(sqlite.path) as release,
        limosa(
            "upgrade",
            cwd=on_sqlite.root,
            environment={"LIMOSA_LOCK_BUDGET_S": "0.5", "LIMOSA_SQLITE_BUSY_S": "0.1"},
        ) as process,
    ):
        assert process.end() == 7
        assert "(attempt 1)" in process.told
        assert "error: the upgrade to 'head' did not get its lock in" in process.told
        assert f"another process is writing to '{sqlite.path}'" in process.told
        assert "Traceback" not in process.told
        release()

    assert Migrator(project=on_sqlite.root).upgrade().after == ("r2",)


def test_write_lock_of_sqlite_is_waited_for(on_sqlite: AlembicProject, sqlite: Target) -> None:
    """Another process writes for a while: the run is retried and succeeds when it has finished."""
    with write_lock(sqlite.path) as release:
        run = Run(on_sqlite, sqlite_busy_s=0.1)
        run.on_retry = lambda event: release() if event.attempt == 2 else None
        run.upgrade()

    assert len(run.retries) == 2
    assert "loft" in sqlite.rows("SELECT sql FROM sqlite_master WHERE name = 'pigeons'")[0][0]
