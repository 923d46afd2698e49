"""The checks of somebody else's project: each passes where it should, and says what is wrong where not."""

from __future__ import annotations

import pytest

from tests.fixtures.projects import AlembicProject
from tests.integration.testing.conftest import Run

ALL = "--limosa-checks"
MODELS = """
import sqlalchemy as sa

metadata = sa.MetaData()
thing = sa.Table(
    "thing", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(20)),
    sa.Index("ix_thing_name", "name"),
)
kind = sa.Table("kind", metadata, sa.Column("name", sa.String(20), primary_key=True))
"""


def only(*names: str) -> tuple[str, ...]:
    """Choose checks by name, with the option that is as good as the file."""
    return ALL, "-o", f"limosa_checks={' '.join(names)}"


def with_models(shop: AlembicProject, more: str = "") -> None:
    """Give the project models that are what its revisions make."""
    (shop.root / "models.py").write_text(MODELS + more)
    text = shop.env.read_text()
    assert "target_metadata = None" in text
    shop.env.write_text(
        text.replace("target_metadata = None", "from models import metadata as target_metadata")
    )


@pytest.mark.parametrize("shop", ["generic", "async"], indirect=True)
def test_a_sound_project_passes_all(run: Run, shop: AlembicProject) -> None:
    """On both engines, with a synchronous env.py and an asynchronous one, and beside tests of its own."""
    with_models(shop)
    done = run("def test_own(): ...", ALL, "-v")
    done.assert_outcomes(passed=10)
    done.stdout.fnmatch_lines(
        [
            "limosa::single_head PASSED*",
            "limosa::round_trip[[]sqlite] PASSED*",
            "limosa::models[[]postgresql] PASSED*",
        ]
    )


def test_two_heads_are_named_with_their_files(run: Run, shop: AlembicProject) -> None:
    """Both revisions, and what to do."""
    other = shop.revise("003", "001", message="written meanwhile")
    done = run("", *only("single_head"))
    done.assert_outcomes(failed=1)
    done.stdout.fnmatch_lines(
        [
            "the history has 2 heads:",
            "  002: *",
            f"  003: written meanwhile ({other})",
            "*alembic merge heads*",
        ]
    )


def test_what_a_downgrade_leaves_behind_is_named(run: Run, shop: AlembicProject) -> None:
    """The revision and the object, on both engines, although the next upgrade fails because of it."""
    shop.revise(
        "003",
        "002",
        upgrade="op.create_table('more', sa.Column('x', sa.Integer, index=True))",
        downgrade="op.drop_index('ix_more_x', 'more')",
    )
    done = run("", *only("round_trip", "nothing_left"))
    done.assert_outcomes(failed=4)
    said = done.stdout.str()
    assert said.count("the downgrade of '003' does not lead back to the schema before its upgrade:") == 2
    assert said.count("a downgrade to the base leaves this behind:") == 2
    assert "more is left behind" in said
    assert "Traceback" not in said
    assert ".py:" not in said.replace("test_it.py", "")


def test_what_a_downgrade_changes_is_named(run: Run, shop: AlembicProject) -> None:
    """A column that comes back with another type was not brought back."""
    shop.revise(
        "003",
        "002",
        upgrade="op.add_column('thing', sa.Column('x', sa.Integer))",
        downgrade="op.drop_column('thing', 'x')\nop.add_column('kind', sa.Column('y', sa.Integer))",
    )
    done = run("", *only("round_trip"))
    done.assert_outcomes(failed=2)
    assert done.stdout.str().count("kind.y is left behind") == 2


def test_a_second_upgrade_that_differs_is_found(run: Run, shop: AlembicProject) -> None:
    """A revision that looks at what is there, and does less the second time."""
    shop.revise(
        "003",
        "002",
        upgrade="""
        import os
        op.create_table("more", sa.Column("id", sa.Integer))
        if not os.environ.get("SEEN"):
            os.environ["SEEN"] = "yes"
            op.create_index("ix_more", "more", ["id"])
        """,
        downgrade="op.drop_table('more')",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SEEN", raising=False)
        done = run("", *only("round_trip"), "-k", "sqlite")
    done.assert_outcomes(failed=1, deselected=1)
    done.stdout.fnmatch_lines(["a second upgrade of '003' does not lead to *", "*ix_more is gone"])


def test_models_that_went_on_are_found(run: Run, shop: AlembicProject) -> None:
    """The operation that is missing from the history, and the command that writes it."""
    with_models(shop, "sa.Table('forgotten', metadata, sa.Column('id', sa.Integer, primary_key=True))\n")
    done = run("", *only("models"))
    done.assert_outcomes(failed=2)
    done.stdout.fnmatch_lines(
        ["the revisions do not make what the models say*", "  *table*forgotten*", "write it: limosa create*"]
    )


def test_a_revision_that_cannot_go_back_is_told_and_may_be_excused(
    run: Run, shop: AlembicProject, pytester: pytest.Pytester
) -> None:
    """Its own words; ``limosa_one_way`` takes it up alone, and leaves the question of the base aside."""
    shop.revise("003", "002", downgrade="raise NotImplementedError('rows were merged')")
    done = run("", ALL, "-k", "sqlite")
    done.assert_outcomes(passed=2, failed=2, deselected=5)
    assert done.stdout.str().count("rows were merged") >= 2
    with (pytester.path / "tox.ini").open("a") as file:
        file.write("\nlimosa_one_way = 003\n")
    run("", ALL, "-k", "sqlite").assert_outcomes(passed=3, skipped=1, deselected=5)


def test_the_settings_check_whole_runs_only(run: Run, pytester: pytest.Pytester) -> None:
    """Whoever runs one file wants that file; workers of xdist do as the run that they belong to."""
    with (pytester.path / "tox.ini").open("a") as file:
        file.write("\nlimosa_checks = single_head\n")
    run("def test_own(): ...").assert_outcomes(passed=2)
    run("def test_own(): ...", "test_it.py").assert_outcomes(passed=1)
    run("def test_own(): ...", "-n", "2", apart=True).assert_outcomes(passed=2)
    run("def test_own(): ...", "test_it.py", ALL, "-m", "limosa_check").assert_outcomes(
        passed=1, deselected=1
    )
    run("def test_own(): ...", "test_it.py", "-n", "1", apart=True).assert_outcomes(passed=1)


def test_an_unknown_check_is_refused(run: Run) -> None:
    """With the names of those that there are."""
    done = run("", *only("single_haed"))
    assert done.ret == pytest.ExitCode.USAGE_ERROR
    done.stderr.fnmatch_lines(["*no check 'single_haed'; there are: single_head, upgrade,*"])


def test_they_are_tests_of_a_module_too(run: Run, shop: AlembicProject) -> None:
    """Imported, they are ordinary tests with names of their own, and fail as plainly."""
    with_models(shop, "sa.Table('forgotten', metadata, sa.Column('id', sa.Integer, primary_key=True))\n")
    done = run("from limosa.testing.checks import *", "-v")
    done.assert_outcomes(passed=7, failed=2)
    done.stdout.fnmatch_lines(["test_it.py::test_limosa_round_trip[[]sqlite] PASSED*"])
    assert "checks.py" not in done.stdout.str()


def test_it_stands_beside_pytest_alembic(run: Run, shop: AlembicProject) -> None:
    """Both plugins in one run: its fixtures, marker, options and tests are its own, and so are ours."""
    with_models(shop)
    shop.set_url(f"sqlite:///{shop.root}/theirs.db")
    done = run(
        f"""
        import sys

        import pytest
        from sqlalchemy import create_engine

        sys.path.insert(0, {str(shop.root)!r})

        @pytest.fixture
        def alembic_config():
            return {{"file": {str(shop.ini)!r}}}

        @pytest.fixture
        def alembic_engine():
            return create_engine(f"sqlite:///{shop.root}/theirs.db")

        from pytest_alembic.tests import *
        from limosa.testing.checks import *
        """,
        "-k",
        "not postgresql",
        "-v",
        apart=True,
        is_alone=False,
    )
    done.assert_outcomes(passed=9, deselected=4)
