"""Whatever a project's env.py says of its models is what verify compares with: no more, no less."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from limosa.errors import ConfigError
from limosa.migrator import Migrator
from tests.fixtures.projects import AlembicProject, MakeProject
from tests.fixtures.targets import Target, sqlite_target
from tests.integration.verify.subject import Subject

EVERYTHING = """
import enum
import sqlalchemy as sa

LONG = "a_name_that_is_as_long_as_names_may_be_and_then"
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s_with_a_long_tail",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
}
OPEN = sa.text("opened IS NULL")


class Mood(enum.Enum):
    fine = 1
    low = 2


metadata = sa.MetaData(naming_convention=NAMES)
loft = sa.Table(
    "loft", metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("name", sa.String(40), unique=True, nullable=False),
    sa.Column("mood", sa.Enum(Mood), nullable=False),
    sa.Column("opened", sa.DateTime(timezone=True), index=True),
    sa.Column(LONG, sa.Integer, index=True),
    sa.Column("weight", sa.Numeric(8, 2), sa.CheckConstraint("weight > 0", name="heavy")),
    sa.Column("tags", sa.JSON),
    sa.Column("key", sa.Uuid),
    sa.Column("twice", sa.Integer, sa.Computed("id * 2")),
    sa.Index("by_mood_and_name", "mood", "name"),
    sa.Index("low_ones", "name", postgresql_where=OPEN, sqlite_where=OPEN),
)
pigeon = sa.Table(
    "Pigeon", metadata,
    sa.Column("loft", loft.c.id.type, sa.ForeignKey("loft.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("ring", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("mate", sa.Integer),
    sa.ForeignKeyConstraint(["loft", "mate"], ["Pigeon.loft", "Pigeon.ring"], ondelete="SET NULL"),
)
"""
OTHER = """
import sqlalchemy as sa

metadata = sa.MetaData()
sa.Table("other", metadata, sa.Column("id", sa.Integer, primary_key=True), schema={schema!r})
"""


def with_models(made: AlembicProject, *, given: str, options: str = "", **modules: str) -> AlembicProject:
    """Write modules beside env.py, and give it their models and options of context.configure()."""
    for name, text in modules.items():
        (made.env.parent / f"{name}.py").write_text(dedent(text))
    imports = f"import sys\nsys.path.insert(0, {str(made.env.parent)!r})\n"
    imports += "".join(f"sys.modules.pop({name!r}, None)\nimport {name}\n" for name in modules)
    text = made.env.read_text()
    assert "target_metadata = None" in text
    text = text.replace("target_metadata = None", f"{imports}target_metadata = {given}")
    passed = ", ".join(filter(None, ("target_metadata=target_metadata", options)))
    made.env.write_text(text.replace("target_metadata=target_metadata", passed))
    return made


def upgraded(made: AlembicProject, target: Target) -> Subject:
    """Let the models make themselves, in one revision, through Limosa."""
    made.revise(
        "r1", None, upgrade="from alembic import context\nfor m in _all(context): m.create_all(op.get_bind())"
    )
    path = made.versions / "r1_revision_r1.py"
    path.write_text(
        f"{path.read_text()}\n\ndef _all(context):\n"
        "    given = context.get_context().opts['target_metadata']\n"
        "    return given if isinstance(given, list) else [given]\n"
    )
    Migrator(project=made.root, url=target.url.reveal()).upgrade()
    return Subject(made.root, target)


@pytest.fixture(params=["sqlite", "pg"])
def database(request: pytest.FixtureRequest) -> Target:
    """A fresh database on each engine."""
    found: Target = request.getfixturevalue(request.param)
    return found


@pytest.mark.parametrize("template", ["generic", "async"])
def test_what_the_models_made_is_what_they_say(template: str, project: MakeProject, database: Target) -> None:
    """Enums, computed columns, composite keys, cut names, partial indexes: all pass, sync and async."""
    made = with_models(
        project(template, url=database.url), given="everything.metadata", everything=EVERYTHING
    )

    checks = upgraded(made, database).checks()

    assert [check for check in checks.values() if not check.passed] == []
    assert "Pigeon.loft, mate -> Pigeon.loft, ring ON DELETE SET NULL" in checks["constraints"].detail
    assert checks.keys() >= {"schema Pigeon", "insert and query Pigeon", "index in use loft.name"}
    assert "index in use loft.mood" not in checks


def test_several_metadata_are_one_schema(project: MakeProject, database: Target) -> None:
    """A list of MetaData, and a schema of its own on PostgreSQL; damage in the second is found."""
    schema = None if database.engine == "sqlite" else "apart"
    if schema:
        database.execute(f"CREATE SCHEMA {schema}")
    made = with_models(
        project(url=database.url),
        given="[everything.metadata, other.metadata]",
        options="include_schemas=True, include_name=lambda n, t, p: t != 'schema' or n in (None, 'apart')",
        everything=EVERYTHING,
        other=OTHER.format(schema=schema),
    )
    subject = upgraded(made, database)
    name = "other" if schema is None else "apart.other"
    assert subject.failing() == {}
    assert f"insert and query {name}" in subject.checks()

    database.execute(f"ALTER TABLE {name} ADD COLUMN spare INTEGER")
    assert subject.failing() == {f"schema {name}": "column 'spare' (INTEGER) is not in the models"}


def test_what_env_leaves_out_is_left_out(project: MakeProject, sqlite: Target) -> None:
    """include_object, compare_type and process_revision_directives count as they do for alembic check."""
    sqlite.execute(
        "CREATE TABLE theirs (id INTEGER PRIMARY KEY)", "CREATE TABLE passed (id INTEGER PRIMARY KEY)"
    )
    made = with_models(
        project(url=sqlite.url),
        given="other.metadata",
        options="compare_type=False, process_revision_directives=forget, "
        "include_object=lambda o, name, *_: name != 'theirs'",
        other=OTHER.format(schema=None),
    )
    forget = """
    def forget(context, revision, directives):
        directives[0].upgrade_ops.ops[:] = [
            op for op in directives[0].upgrade_ops.ops if getattr(op, "table_name", "") != "passed"
        ]
        if directives[0].upgrade_ops.is_empty():
            directives[:] = []
    """
    made.env.write_text(
        made.env.read_text().replace("\ntarget_metadata =", f"\n{dedent(forget)}\ntarget_metadata =")
    )
    subject = upgraded(made, sqlite)

    checks = subject.checks()
    assert all(check.passed for check in checks.values())
    assert "compare_type" in checks["schema other"].detail
    assert "insert and query theirs" not in checks


def test_a_version_table_of_another_name_is_no_table_of_the_project(
    project: MakeProject, database: Target
) -> None:
    """Wherever env.py keeps the version, its table is read and not tried."""
    made = project(url=database.url)
    made.env.write_text(
        made.env.read_text().replace(
            "target_metadata=target_metadata", "target_metadata=None, version_table='ours'"
        )
    )
    made.revise("r1", None, upgrade='op.create_table("thing", sa.Column("id", sa.Integer, primary_key=True))')
    Migrator(project=made.root, url=database.url.reveal()).upgrade()

    checks = Subject(made.root, database).checks()

    assert all(check.passed for check in checks.values())
    assert checks["revision"].detail == "at head: r1"
    assert {name for name in checks if name.startswith("insert")} == {"insert and query thing"}


def test_each_database_of_several_is_checked(project: MakeProject, tmp_path: Path) -> None:
    """With the multidb template every line names its database, and only the damaged one fails."""
    made = project("multidb")
    targets = {}
    for name in ("engine1", "engine2"):
        (tmp_path / name).mkdir()
        targets[name] = sqlite_target(tmp_path / name)
        made.set_url(targets[name].url, section=name)
        targets[name].execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, of INTEGER REFERENCES thing)")
    targets["engine2"].execute("INSERT INTO thing VALUES (1, 5)")

    report = Migrator(project=made.root).verify()

    assert len(report.checks) == 2 * len({check.name.partition(": ")[2] for check in report.checks})
    assert [check.name for check in report.checks if not check.passed] == [
        f"{targets['engine2'].path}: references"
    ]


def test_models_that_cannot_be_read_are_a_typed_error(project: MakeProject, sqlite: Target) -> None:
    """env.py's own exception is told in a sentence, with the line that is to be mended."""
    sqlite.execute("VACUUM")
    made = with_models(
        project(url=sqlite.url), given="broken.metadata", broken="import no_such_module_anywhere"
    )

    with pytest.raises(ConfigError, match="no_such_module_anywhere") as caught:
        Migrator(project=made.root, url=sqlite.url.reveal()).verify()
    assert "migrations/broken.py, line 1" in (caught.value.hint or "")
