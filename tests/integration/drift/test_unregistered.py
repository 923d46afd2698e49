"""Models that cannot be imported, or that nothing imports, are told with the file and what to type."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from limosa.drift.unregistered import unregistered
from tests.fixtures.projects import AlembicProject
from tests.fixtures.targets import Target
from tests.integration.cli.shell import Shell
from tests.integration.drift.subject import subject_of, unloaded

BASE = "from sqlalchemy.orm import DeclarativeBase\n\n\nclass Base(DeclarativeBase):\n    pass\n"
MODEL = """\
from sqlalchemy.orm import Mapped, mapped_column

from shop.base import Base


class {name}(Base):
    __tablename__ = "{table}"
    id: Mapped[int] = mapped_column(primary_key=True)
"""
REGISTRY = "from .base import Base\nfrom .parent import Parent\n\nmetadata = Base.metadata\n"


@pytest.fixture
def shell(project: Callable[..., AlembicProject], sqlite: Target, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A project whose registry imports one model, and whose database has its table."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "shop"]:
        monkeypatch.delitem(sys.modules, name)  # another test's
    made = project(url=sqlite.url)
    subject_of(made, sqlite, is_upgraded=False)
    shop = made.root / "shop"
    for name, text in {
        "__init__": REGISTRY,
        "base": BASE,
        "parent": MODEL.format(name="Parent", table="parent"),
    }.items():
        (shop / f"{name}.py").write_text(text)
    (shop / "models.py").unlink()
    made.env.write_text(made.env.read_text().replace("from shop.models import", "from shop import"))
    table = 'op.{verb}_table("parent"{column})'
    made.revise(
        "0001",
        None,
        upgrade=table.format(verb="create", column=', sa.Column("id", sa.Integer, primary_key=True)'),
        downgrade=table.format(verb="drop", column=""),
    )
    shell = Shell(made.root, sqlite.url.reveal())
    with unloaded():
        shell.limosa("upgrade")
    return shell


def typed(shell: Shell, *words: str, code: int = 0) -> str:
    """All that a command prints, paths from the project's folder."""
    with unloaded():
        done = shell.limosa(*words, code=code)
    return (done.stdout + done.stderr).replace(f"{os.path.realpath(shell.folder)}{os.sep}", "")


def test_a_model_that_cannot_be_imported_is_named_with_its_line(shell: Shell) -> None:
    """The file and the line, and how to try whether it is mended, whichever verb found it."""
    (shell.folder / "shop" / "parent.py").write_text("from sqlalchemy import Strng\n")
    for words in (("create", "more"), ("check",), ("check", "--full")):
        said = typed(shell, *words, code=1 if words[0] == "create" else 2)
        assert "hint: mend shop/parent.py, line 1; then try: python -c 'import shop.parent'" in said


@pytest.mark.parametrize(
    ("home", "imported", "name"),
    [
        ("lib/shop", "sys.path.insert(0, 'lib')\nfrom shop import", "shop.parent"),
        ("src", "from src import", "src.parent"),
    ],
)
def test_the_module_is_named_as_the_project_imports_it(
    shell: Shell, home: str, imported: str, name: str
) -> None:
    """Below a folder of the search path, and where a package itself has such a folder's name."""
    models, env = shell.folder / home, shell.folder / "migrations" / "env.py"
    models.parent.mkdir(exist_ok=True)
    (shell.folder / "shop").rename(models)
    env.write_text("import sys\n" + env.read_text().replace("from shop import", imported))
    (models / "parent.py").write_text("broken = (\n")
    said = typed(shell, "create", "more", code=1)
    assert f"mend {home}/parent.py, line 1; then try: python -c 'import {name}'" in said


def test_a_model_that_is_not_there_is_told_from_a_package_that_is_not_installed(shell: Shell) -> None:
    """A file of one's own is written, one of others is installed."""
    registry = shell.folder / "shop" / "__init__.py"
    registry.write_text(f"{REGISTRY}from .device import Device\n")
    missing = "shop/__init__.py, line 5, imports 'shop.device', and there is no such file: write it"
    assert missing in typed(shell, "create", "more", code=1)
    registry.write_text(f"{REGISTRY}import stripy\n")
    installed = "install the package that holds 'stripy', which shop/__init__.py, line 5, imports"
    assert installed in typed(shell, "create", "more", code=1)


def test_a_model_that_nothing_imports_is_drift(shell: Shell) -> None:
    """A check finds it, with the line to add; when it is added, the check finds the table that is missing."""
    (shell.folder / "shop" / "device.py").write_text(MODEL.format(name="Device", table="devices"))
    said = typed(shell, "check", code=4)
    assert "register table devices, which 'shop/device.py' defines and nothing imports" in said
    assert "add 'from .device import Device' to shop/__init__.py" in said
    with (shell.folder / "shop" / "__init__.py").open("a") as registry:
        registry.write("from .device import Device\n")
    assert "add table devices" in typed(shell, "check", code=4)


def test_it_may_be_accepted(shell: Shell) -> None:
    """A table on purpose left out is accepted with a reason, like any other difference."""
    (shell.folder / "shop" / "device.py").write_text(MODEL.format(name="Device", table="devices"))
    typed(shell, "check", "--accept", "it comes with the next release")
    assert "passed" in typed(shell, "check")


def test_an_empty_revision_says_why_it_may_be_so(shell: Shell) -> None:
    """With a model that nothing imports that is the reason; without, what no comparison sees."""
    device = shell.folder / "shop" / "device.py"
    device.write_text(MODEL.format(name="Device", table="devices"))
    said = typed(shell, "create", "more")
    assert "'shop/device.py' defines table devices, and nothing imports it" in said
    assert "is of a kind that no comparison sees" not in said
    device.unlink()
    typed(shell, "upgrade")
    assert "is of a kind that no comparison sees" in typed(shell, "create", "still more")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (MODEL.format(name="Device", table="devices"), "add 'import shop.device' to env.py"),
        ('import sqlalchemy as sa\nfrom shop.base import m\n\nt = sa.Table("devices", m)\n', "shop.device"),
        (MODEL.format(name="Device", table="parent"), None),
        (MODEL.format(name="Device", table="devices").replace("(Base)", "(CountsBase)"), None),
        ("def table():\n    return 1\n", None),
        ("class Broken(:\n", None),
    ],
    ids=["class", "table", "the same table", "another base", "no model", "no Python"],
)
def test_only_what_is_defined_like_the_others_counts(tmp_path: Path, text: str, found: str | None) -> None:
    """Another metadata's model, another copy of a known table and other files are nobody's mistake."""
    shop = tmp_path / "shop"
    shop.mkdir()
    (shop / "models.py").write_text(
        MODEL.format(name="Parent", table="parent") + '\nt = Table("old", m, Column("id", Integer))\n'
    )
    (shop / "device.py").write_text(text)
    told = [one.operation for one in unregistered({"shop.models": shop / "models.py"}, tmp_path)]
    assert len(told) == (0 if found is None else 1)
    assert all(str(found) in operation for operation in told)
