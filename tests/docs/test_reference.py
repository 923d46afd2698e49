"""The reference is what the code says, and nothing that users see is without a description."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from dataclasses import dataclass
from types import ModuleType

import click
import pytest

from limosa import AsyncMigrator, Migrator, errors
from limosa.model import events
from limosa.model.exit_code import ExitCode
from limosa.model.limits import Limits
from tests.architecture.sources import ROOT


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """The script that writes the reference."""
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["docs_generate"] = module
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_fresh(generate: ModuleType) -> None:
    """``make docs`` would change nothing; a thing without a description stops it."""
    assert generate.stale(generate.pages()) == [], "run 'make docs'"


def test_async_migrator_has_every_verb(generate: ModuleType) -> None:
    """``make docs`` would change nothing in it, and it is made with the same arguments as Migrator."""
    asynchronous = generate.sibling("generate_async")
    assert asynchronous.main(["--check"]) == 0, "run 'make docs'"
    verbs = {name for name in vars(Migrator) if not name.startswith("_")}
    assert verbs - {name for name in dir(AsyncMigrator) if not name.startswith("_")} == set()
    assert inspect.signature(AsyncMigrator) == inspect.signature(Migrator)


def test_check_tells_what_is_stale(
    generate: ModuleType, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--check ends with 1 for a page that is missing, changed or left over, and with 0 for none."""
    folder = tmp_path_factory.mktemp("reference")
    monkeypatch.setattr(generate, "FOLDER", folder)
    assert generate.main(["--check"]) == 1
    assert generate.main([]) == 0
    assert generate.main(["--check"]) == 0
    (folder / "left-over.md").write_text("old")
    assert generate.main(["--check"]) == 1
    assert generate.main([]) == 0
    (folder / "errors.md").write_text("changed")
    assert generate.main(["--check"]) == 1


def test_every_command_error_limit_event_and_code_is_in_it(generate: ModuleType) -> None:
    """Nothing is left out by the script itself."""
    pages = generate.pages()
    commands = {path.stem for path in (ROOT / "src/limosa/cli/commands").glob("*.py")} - {"__init__"}
    assert all(f"## limosa {name}\n" in pages["commands.md"] for name in commands)
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert all(f"`{kind.__name__}`" in pages["errors.md"] for kind in kinds if kind is not errors.LimosaError)
    assert all(f"`{name}`" in pages["settings.md"] for name in Limits.__dataclass_fields__)
    assert all(f"| {int(code)} | `{code.name}` |" in pages["exit-codes.md"] for code in ExitCode)
    sent = [kind for kind in events.Event.__subclasses__() if kind.__module__ == events.__name__]
    assert all(f"`{kind.__name__}`" in pages["events.md"] for kind in sent)


@dataclass(frozen=True)
class Half:
    """A class one of whose fields has a text."""

    said: int = 1
    """What it is."""
    silent: int = 2


def test_what_has_no_description_is_refused(generate: ModuleType) -> None:
    """A field without a text, a command without a docstring, an argument that it does not mention."""
    assert generate.described(Half, "said") == "What it is."
    with pytest.raises(generate.Undescribed, match="silent"):
        generate.described(Half, "silent")
    with pytest.raises(generate.Undescribed, match="no docstring"):
        generate._help(click.Command("mute"))
    with pytest.raises(generate.Undescribed, match="what 'place' is"):
        generate._help(click.Command("go", help="Go.", params=[click.Argument(["place"])]))
