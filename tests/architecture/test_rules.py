"""The things that style forbids are nowhere in the project, and the rules that look for them do find them."""

from __future__ import annotations

import pytest

from tests.architecture.rules import EVERYWHERE, IN_THE_HOUSE, Rule
from tests.architecture.sources import PACKAGE, Source, python_files

# what may stay against a rule: (file, rule) and the reason
EXCEPTIONS: dict[tuple[str, str], str] = {}

SAMPLES = {
    "a driver outside engines": "import psycopg.rows",
    "create_engine outside engines": "from sqlalchemy.ext.asyncio import create_async_engine as e",
    "alembic outside alembic_bridge": "if TYPE_CHECKING:\n    from alembic import op",
    "a terminal library outside cli": "from rich.table import Table",
    "output or an end of the process outside cli": "def f() -> None:\n    sys.exit(3)",
    "the environment read outside config": "x = os.environ.get('HOME')",
    "a broad handler without a reason": "try:\n    f()\nexcept (ValueError, Exception):\n    pass",
    "a test library in what users run": "from unittest.mock import MagicMock",
    "a vague name": "",
    "a module without a docstring": "x = 1",
    "a test without a docstring": "class T:\n    async def test_it(self): ...",
}


@pytest.mark.parametrize("rule", IN_THE_HOUSE, ids=lambda rule: rule.name)
def test_the_house_keeps_the_rule(rule: Rule) -> None:
    """No file of the package does what only another room may."""
    _check(rule, python_files("src/limosa"))


@pytest.mark.parametrize("rule", EVERYWHERE, ids=lambda rule: rule.name)
def test_every_file_keeps_the_rule(rule: Rule) -> None:
    """No Python file of the repository breaks it."""
    _check(rule, python_files())


@pytest.mark.parametrize("rule", [*IN_THE_HOUSE, *EVERYWHERE], ids=lambda rule: rule.name)
def test_the_rule_finds_what_it_forbids(rule: Rule) -> None:
    """A file made to break the rule is caught: where it is forbidden, and only there."""
    name = "utils.py" if rule.name == "a vague name" else "sample.py"
    text = SAMPLES[rule.name]
    assert rule.breaches(Source(PACKAGE / "plan" / name, text))
    for room in rule.rooms:
        assert not rule.breaches(Source(PACKAGE / room / name, text))


def _check(rule: Rule, files: tuple[Source, ...]) -> None:
    broken = {source.name: rule.breaches(source) for source in files if rule.breaches(source)}
    excepted = {file for file, name in EXCEPTIONS if name == rule.name}
    unexpected = [line for file, lines in broken.items() if file not in excepted for line in lines]
    assert not unexpected, f"{rule.name}:\n" + "\n".join(unexpected)
    assert excepted <= broken.keys(), f"not needed any more: {sorted(excepted - broken.keys())}"
