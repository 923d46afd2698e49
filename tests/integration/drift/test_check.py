"""``check`` finds every drift, says it as an operation, and passes where Alembic's own check does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from limosa.errors import ConfigError, Unreachable, UsageError
from limosa.migrator import Migrator
from limosa.model.check import Between, Verdict
from limosa.model.status import State
from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target
from tests.integration.drift.subject import MODELS, Subject, alembic_passes, limosa, subject_of, unloaded

ENGINES = ["sqlite", "postgresql-18"]


@pytest.fixture(params=ENGINES)
def subject(request: pytest.FixtureRequest, project: Callable[..., AlembicProject]) -> Subject:
    """A project at its head, on each engine."""
    name = "sqlite" if request.param == "sqlite" else "pg"
    target: Target = request.getfixturevalue(name)
    return subject_of(project(url=target.url), target)


@pytest.fixture
def small(project: Callable[..., AlembicProject], sqlite: Target) -> Subject:
    """The same on SQLite alone."""
    return subject_of(project(url=sqlite.url), sqlite)


MODEL_CHANGES = {
    'sa.Column("name", sa.String(20), nullable=False),': {
        'sa.Column("name", sa.String(20), nullable=False), sa.Column("hash", sa.String(64)),': [
            "add column documents.hash VARCHAR(64)"
        ],
        'sa.Column("name", sa.String(30), nullable=False),': [
            "alter column documents.name from VARCHAR(20) to VARCHAR(30)"
        ],
        'sa.Column("name", sa.String(20)),': ["alter column documents.name to take NULL"],
        "": ["drop column documents.name", "drop index ix_name on documents (name)"],
    },
    'sa.Index("ix_name", documents.c.name)': {
        "": ["drop index ix_name on documents (name)"],
        'sa.Index("ix_name", documents.c.name, unique=True)': [
            "add unique index ix_name on documents (name)",
            "drop index ix_name on documents (name)",
        ],
        'sa.Table("more", metadata)\nsa.Index("ix_name", documents.c.name)': ["add table more"],
    },
    ', ondelete="CASCADE"': {
        "": [
            "add foreign key fk_parent on documents (parent_id) to parent (id)",
            "drop foreign key fk_parent on documents (parent_id) to parent (id) ON DELETE CASCADE",
        ],
    },
}


def test_every_change_of_the_models_is_an_operation(subject: Subject) -> None:
    """Each is told in words that name table and column, and Alembic's own check agrees that there is one."""
    assert subject.check().verdict is Verdict.PASSED
    assert alembic_passes(subject)
    for before, changes in MODEL_CHANGES.items():
        for after, expected in changes.items():
            text = MODELS.replace(before, after)
            text = (
                text if "documents.c.name" not in text or '"name"' in text else text.rpartition("sa.Index")[0]
            )
            subject.models.write_text(text)
            report = subject.check()
            assert sorted(drift.operation for drift in report.differences) == sorted(expected), after
            assert report.verdict is Verdict.DRIFT
            assert not alembic_passes(subject)
    subject.models.write_text(MODELS)
    assert subject.check().verdict is Verdict.PASSED


def test_a_changed_database_differs_from_models_and_history(subject: Subject) -> None:
    """What somebody did by hand shows in both; what the models cannot say, in that of the history."""
    assert subject.check(history=True).verdict is Verdict.PASSED
    subject.execute("DROP INDEX ix_name", "CREATE VIEW mine AS SELECT id FROM documents")
    report = subject.check(history=True)
    assert report.verdict is Verdict.DRIFT
    assert report.compared == (Between.MODELS, Between.HISTORY)
    by = {kind: [d.operation for d in report.differences if d.between is kind] for kind in Between}
    assert by[Between.MODELS] == ["add index ix_name on documents (name)"]
    view = "mine" if subject.target.engine == "sqlite" else "public.mine"
    assert f"drop view {view}" in by[Between.HISTORY]
    assert any(operation.startswith("add index ") for operation in by[Between.HISTORY])
    assert {drift.database for drift in report.differences} == {subject.target.url.masked}


def test_a_database_behind_is_told_and_not_compared_with_newer_models(subject: Subject) -> None:
    """Pending revisions are what differs; the history up to where it stands is compared all the same."""
    subject.project.revise("0002", "0001", upgrade='op.add_column("documents", sa.Column("hash", sa.Text))')
    report = subject.check(history=True)
    assert report.verdict is Verdict.BEHIND
    assert report.compared == (Between.HISTORY,)
    assert [pending.revision for pending in report.databases[0].pending] == ["0002"]
    assert not alembic_passes(subject)
    subject.execute("CREATE TABLE by_hand (id INTEGER)")
    assert subject.check(history=True).verdict is Verdict.DRIFT
    assert subject.check().verdict is Verdict.BEHIND


def test_a_database_ahead_is_compared_with_nothing(small: Subject) -> None:
    """No revision on disk says what it should be."""
    small.execute("UPDATE alembic_version SET version_num = 'unknown'")
    report = small.check(history=True)
    assert (report.verdict, report.compared) == (Verdict.AHEAD, ())
    assert report.databases[0].state is State.AHEAD
    limosa(small, "check", code=10)


def test_exit_codes_and_words(small: Subject) -> None:
    """0 passed, 4 drift, 3 behind; the page and the document say the same."""
    assert limosa(small, "check").stdout.splitlines()[-1] == "passed: compared with models"
    small.models.write_text(MODELS.replace("sa.String(20)", "sa.String(30)"))
    done = limosa(small, "check", code=4)
    assert "  alter column documents.name from VARCHAR(20) to VARCHAR(30)\n" in done.stdout
    found = json.loads(limosa(small, "check", "--json", code=4).stdout)
    assert (found["verdict"], found["unchanged"]) == ("drift", False)
    assert found["differences"][0]["between"] == "models"
    small.project.revise("0002", "0001")
    assert "1 pending" in limosa(small, "check", code=3).stdout


def test_a_database_that_is_not_there_is_not_made(small: Subject) -> None:
    """A check leaves no file behind."""
    small.target.path.unlink()
    assert small.check().verdict is Verdict.BEHIND
    assert not small.target.path.exists()


def test_an_unreachable_database_is_an_error(small: Subject) -> None:
    """Whoever asks gets the sentence that every verb gives, and exit code 1."""
    small.target.path.write_bytes(b"no database at all" * 100)
    with pytest.raises(Unreachable):
        small.check()
    assert "is not a SQLite database" in limosa(small, "check", code=1).stderr


def test_a_project_without_models_passes_with_a_note(small: Subject) -> None:
    """There is nothing to compare, and that is said."""
    env = small.project.env
    env.write_text(
        env.read_text().replace(
            "from shop.models import metadata as target_metadata", "target_metadata = None"
        )
    )
    report = small.check()
    assert (report.verdict, report.compared) == (Verdict.PASSED, ())
    assert report.notes == ("env.py gives no target_metadata: there are no models to compare",)


def test_two_heads_are_noted(small: Subject) -> None:
    """They are no drift; who merges them is told their names."""
    small.project.revise("0002", "0001")
    small.project.revise("0003", "0001")
    with unloaded():
        small.migrator().upgrade("heads")
    assert small.check().notes == ("the revisions have 2 heads: 0002, 0003",)


@pytest.mark.parametrize(
    ("broken", "said", "line"),
    [
        (
            "import sqlalchemy as sa\nimport no_such_module\n",
            "ModuleNotFoundError: No module named 'no_such_module'",
            2,
        ),
        ("x = 1\nthis is no Python\n", "SyntaxError: invalid syntax", 2),
        ("a = 1\nb = a.nothing\n", "AttributeError: 'int' object has no attribute 'nothing'", 2),
    ],
)
def test_models_that_do_not_import(small: Subject, broken: str, said: str, line: int) -> None:
    """What was raised, the file and the line of it, and exit code 2; no traceback."""
    small.models.write_text(broken)
    with pytest.raises(ConfigError) as caught:
        small.check()
    where = f"[{small.models}:{line}]"
    assert caught.value.message == f"env.py failed while the models were compared: {said} {where}"
    assert caught.value.fields["line"] == line
    done = limosa(small, "check", code=2)
    hint = done.stderr.partition("hint: ")[2]
    assert f"shop/models.py, line {line}" in hint
    assert ("install the package" if "no_such_module" in said else "python -c 'import shop.models'") in hint


def test_an_env_py_that_raises(small: Subject) -> None:
    """The same for env.py itself; whatever it says of a password stays hidden."""
    env = small.project.env
    env.write_text("import sqlalchemy\n\nraise RuntimeError('no settings')\n" + env.read_text())
    with pytest.raises(ConfigError) as caught:
        small.check()
    assert caught.value.message.endswith(f"RuntimeError: no settings [{env}:3]")


def test_an_env_py_that_connects_elsewhere(small: Subject, tmp_path: Path) -> None:
    """The comparison would be of another database than the one that was asked for."""
    other = tmp_path / "other.db"
    env = small.project.env
    line = f"    connectable = __import__('sqlalchemy').create_engine('sqlite:///{other}')"
    connect = "    with connectable.connect()"
    env.write_text(env.read_text().replace(connect, f"{line}\n{connect}"))
    with pytest.raises(ConfigError, match="and this check was told"):
        small.check()


# -- the baseline ----------------------------------------------------------------------------


def test_accepted_differences_pass_until_they_are_gone(subject: Subject) -> None:
    """Each is an entry with its reason; another difference shows; a mended one leaves its entry over."""
    subject.execute("CREATE TABLE legacy (id INTEGER)", "DROP INDEX ix_name")
    report = subject.check(accept="kept for the old importer")
    assert report.verdict is Verdict.PASSED
    assert {entry.reason for entry in report.accepted} == {"kept for the old importer"}
    assert len(report.accepted) == 2
    with pytest.raises(UsageError):
        subject.check(accept="again")
    assert subject.check().verdict is Verdict.PASSED
    subject.execute("CREATE TABLE another (id INTEGER)")
    assert subject.operations() == ["drop table another"]
    subject.execute("DROP TABLE another", "DROP TABLE legacy")
    report = subject.check()
    assert report.verdict is Verdict.PASSED
    assert [entry.operation for entry in report.unmatched] == ["drop table legacy"]


def test_the_baseline_is_a_file_for_people(small: Subject) -> None:
    """What stood in it stays, comments too; odd texts survive; it counts for the history by itself."""
    path = small.root / "limosa-baseline.toml"
    path.write_text("# ours\n")
    small.execute('CREATE TABLE "a ""b""" (id INTEGER)')
    reason = 'it\'s "ours" \\ für immer\x7f'
    assert f'accepted: drop table a "b" ({reason})' in limosa(small, "check", "--accept", reason).stdout
    text = path.read_text()
    assert text.startswith('# ours\n\n[[accepted]]\nbetween = "models"\n')
    assert small.check().accepted[0].reason == reason
    assert small.check(history=True).verdict is Verdict.DRIFT
    limosa(small, "check", "--history", "--accept", "made by hand")
    assert path.read_text().startswith(text)
    assert small.check().unmatched == ()
    assert small.check(history=True).verdict is Verdict.PASSED


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("accepted = [", "is no TOML"),
        ("accepted = 3", "begin with [[accepted]]"),
        ("[[accepted]]\nbetween = 'models'\ndifference = 'x'", "entry 1 needs between, difference, reason"),
        ("[[accepted]]\nbetween = 'models'\ndifference = 'x'\nreason = ' '", "needs a reason"),
        (
            "[[accepted]]\nbetween = 'what'\ndifference = 'x'\nreason = 'y'",
            "'between' is one of models, history",
        ),
        ("[[accepted]]\nbetween = 'models'\ndifference = 3\nreason = 'y'", "each a text"),
    ],
)
def test_a_broken_baseline_is_an_error(small: Subject, text: str, said: str) -> None:
    """It names the file and the entry, and accepts nothing meanwhile."""
    (small.root / "limosa-baseline.toml").write_text(text)
    done = limosa(small, "check", code=2)
    assert said in done.stderr
    assert "limosa-baseline.toml" in done.stderr


def test_the_document_keeps_its_keys(small: Subject) -> None:
    """``--json`` is a contract."""
    found = json.loads(limosa(small, "check", "--json").stdout)
    assert set(found) == {
        "verdict", "unchanged", "databases", "compared", "differences", "accepted", "unmatched", "notes",
    }  # fmt: skip
    with unloaded():
        assert Migrator(project=small.root, url=small.url).check().passed
