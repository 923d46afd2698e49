"""The database of each test of somebody else's project: migrated, its own, and gone afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest

from limosa.model.url import DatabaseURL, Secret
from limosa.testing.database import Database
from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target
from tests.integration.testing.conftest import Run

LISTED = "SELECT datname FROM pg_database WHERE datname LIKE 'limosa_test_%'"


def test_tests_that_commit_do_not_see_each_other(run: Run, pg: Target) -> None:
    """Rows, sequences, DDL, rows of the revisions: each test finds what the revisions made, and no more."""
    done = run(
        """
        import pytest
        from sqlalchemy import create_engine, inspect, text

        @pytest.mark.parametrize("turn", range(5))
        def test_it(limosa_database, turn):
            engine = create_engine(limosa_database.url)  # never disposed of
            with engine.begin() as connection:
                assert connection.scalars(text("SELECT name FROM kind ORDER BY 1")).all() == ["bad", "good"]
                connection.execute(text("INSERT INTO thing (name) VALUES ('a')"))
                assert connection.scalars(text("SELECT id FROM thing")).all() == [1]
                connection.execute(text("DELETE FROM kind WHERE name = 'bad'"))
                assert not inspect(connection).has_table("more")
                if turn == 2:
                    connection.execute(text("CREATE TABLE more (id int)"))
            left = engine.connect()
            left.execute(text("SELECT 1"))
            assert turn != 3, "a test that fails leaves nothing either"
        """,
        apart=True,  # what is left open here is noticed when it is collected
    )
    done.assert_outcomes(passed=8, failed=2)
    assert pg.rows(LISTED) == []


def test_a_test_chooses_its_revision_and_its_engine(run: Run) -> None:
    """By marker: an id, ``base`` for an empty one, ``heads`` without; and the engines that it is for."""
    done = run(
        """
        import pytest
        from sqlalchemy import create_engine, inspect

        def tables(database):
            engine = create_engine(database.url)
            found = set(inspect(engine).get_table_names())
            engine.dispose()
            return found

        @pytest.mark.limosa(at="base")
        def test_empty(limosa_database):
            assert tables(limosa_database) == set()

        @pytest.mark.limosa(at="001", engines=["sqlite"])
        def test_first(limosa_database, limosa_migrator):
            assert limosa_database.engine == "sqlite"
            assert [step.id for step in limosa_migrator.pending()] == ["002"]
            limosa_migrator.upgrade()
            assert limosa_migrator.status().is_up_to_date

        @pytest.mark.parametrize("limosa_engine", ["postgresql"], indirect=True)
        def test_chosen_by_hand(limosa_database, limosa_migrator):
            assert limosa_database.engine == "postgresql"
            assert limosa_migrator.status().is_up_to_date

        def test_two_at_once(limosa_workshop, limosa_database):
            with limosa_workshop.lent("sqlite") as one, limosa_workshop.lent("sqlite") as two:
                assert len({one.url, two.url, limosa_database.url}) == 3
        """
    )
    done.assert_outcomes(passed=6)


@pytest.mark.parametrize(
    ("tests", "sentence"),
    [
        ("@pytest.mark.limosa(revision='001')\ndef test(limosa_database): pass", "takes at= and engines="),
        ("@pytest.mark.limosa(engines=['oracle'])\ndef test(limosa_database): pass", "sqlite and postgresql"),
        ("@pytest.mark.limosa(at='009')\ndef test(limosa_database): pass", "no revision or branch '009'"),
    ],
)
def test_a_wrong_wish_is_a_sentence(run: Run, tests: str, sentence: str) -> None:
    """Whoever misspells a marker, an engine or a revision reads what is wrong, without a traceback."""
    done = run(f"import pytest\n{tests}\n")
    assert done.ret != 0
    done.stdout.fnmatch_lines([f"*{sentence}*"])
    assert "site-packages" not in done.stdout.str()
    assert "workshop.py" not in done.stdout.str()


def test_a_migration_that_fails_is_tried_once_and_told_to_each_test(run: Run, shop: AlembicProject) -> None:
    """The sentence of ``limosa upgrade``, in each test that wanted the database, and no traceback of ours."""
    counter = shop.root / "tries"
    shop.revise(
        "003", "002", upgrade=f"open({str(counter)!r}, 'a').write('x')\nraise RuntimeError('no luck')"
    )
    done = run(
        """
        import pytest

        @pytest.mark.limosa(engines=["sqlite"])
        @pytest.mark.parametrize("turn", range(3))
        def test_it(limosa_database, turn): ...
        """
    )
    done.assert_outcomes(errors=3)
    assert counter.read_text() == "x"
    assert done.stdout.str().count("no luck") >= 3
    assert "Traceback" not in done.stdout.str()


def test_a_template_is_kept_for_later_runs_until_what_it_rests_on_changes(
    run: Run, shop: AlembicProject, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another run copies it; a revision, a module or a file that a revision reads makes it anew."""
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)  # compiled, a module's source is not read
    count, words = tmp_path / "count", shop.root / "words.txt"
    module = shop.root / "vocabulary.py"
    words.write_text("one")
    module.write_text("MORE = 'first'\n")
    line = "config = context.config\n"
    env = shop.env.read_text()
    shop.env.write_text(
        env.replace(line, f"{line}import vocabulary\nconfig.attributes['more'] = vocabulary.MORE\n")
    )
    shop.revise(
        "003",
        "002",
        upgrade=f"""
        open({str(count)!r}, "a").write("x")
        word, more = open({str(words)!r}).read(), op.get_context().config.attributes["more"]
        op.execute(f"INSERT INTO thing (name) VALUES ('{{word}}-{{more}}')")
        """,
    )
    tests = """
        import pytest
        from sqlalchemy import create_engine, text

        @pytest.mark.limosa(engines=["sqlite"])
        def test_it(limosa_database):
            engine = create_engine(limosa_database.url)
            with engine.connect() as connection:
                print("found", connection.scalar(text("SELECT name FROM thing")))
            engine.dispose()
        """

    def found(*options: str) -> tuple[str, int]:
        done = run(tests, "-s", *options)
        done.assert_outcomes(passed=1)
        line = next(line for line in done.outlines if "found " in line)
        return line.partition("found ")[2].rstrip("."), len(count.read_text())

    assert found() == ("one-first", 1)
    assert found() == ("one-first", 1)
    words.write_text("two")
    assert found() == ("two-first", 2)
    module.write_text("MORE = 'second'\n")
    assert found() == ("two-second", 3)
    shop.revise("004", "003", upgrade="op.execute(\"UPDATE thing SET name = 'four'\")")
    assert found() == ("four", 4)
    assert found("-p", "no:cacheprovider") == ("four", 5)


def test_workers_share_a_template_and_nothing_else(run: Run, shop: AlembicProject, tmp_path: Path) -> None:
    """Under xdist one worker migrates, the other waits for it; the rest of the run is as with one."""
    count = tmp_path / "count"
    shop.revise("003", "002", upgrade=f"open({str(count)!r}, 'a').write('x')")
    done = run(
        """
        import pytest
        from sqlalchemy import create_engine, text

        @pytest.mark.limosa(engines=["sqlite"])
        @pytest.mark.parametrize("turn", range(8))
        def test_it(limosa_database, turn):
            with create_engine(limosa_database.url).begin() as connection:
                connection.execute(text("INSERT INTO thing (name) VALUES ('a')"))
                assert connection.scalars(text("SELECT id FROM thing")).all() == [1]
        """,
        "-n",
        "2",
        apart=True,
    )
    done.assert_outcomes(passed=8)
    assert count.read_text() == "x"


def test_a_database_shows_no_secret() -> None:
    """Its URLs are whole, each for its reader; what is printed is masked."""
    url = DatabaseURL(
        "postgresql", username="u", password=Secret("p@ss/word"), host="h", port=1, database="d"
    )
    database = Database(url, "heads")
    assert database.url == "postgresql+psycopg://u:p%40ss%2Fword@h:1/d"
    assert database.async_url == "postgresql+asyncpg://u:p%40ss%2Fword@h:1/d"
    assert database.driver_url == "postgresql://u:p%40ss%2Fword@h:1/d"
    assert database.sqlalchemy_url.password == "p@ss/word"
    assert "p%40ss" not in f"{database} {database!r} {database.parts}"
    assert Database(DatabaseURL("sqlite", database="/a.db"), "base").async_url == "sqlite+aiosqlite:////a.db"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--limosa-url", "sqlite:///x.db"), "--limosa-url names a database of the kind 'sqlite'"),
        (("--limosa-url", "nonsense"), "--limosa-url: not a database URL*"),
        (("-o", "limosa_postgresql=new"), "limosa_postgresql must be a major version, and 'new' is none"),
        (("-o", "limosa_project=nowhere"), "project folder '*nowhere' does not exist"),
    ],
)
def test_a_wrong_option_is_a_sentence(run: Run, options: tuple[str, ...], sentence: str) -> None:
    """It stands in the test that wanted a database, with what to write instead."""
    done = run("def test_it(limosa_database): ...", *options)
    done.assert_outcomes(errors=2)
    done.stdout.fnmatch_lines([sentence])
    assert "site-packages" not in done.stdout.str()


def test_the_server_may_stand_in_the_environment(
    run: Run, pg: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A password in a variable is in no list of processes."""
    monkeypatch.setenv("LIMOSA_TEST_URL", pg.url.reveal())
    done = run(
        f"""
        def test_it(limosa_database):
            assert limosa_database.engine == "sqlite" or limosa_database.parts.port == {pg.url.port}
        """,
        has_server=False,
    )
    done.assert_outcomes(passed=2)
