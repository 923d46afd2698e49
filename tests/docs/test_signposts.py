"""The pages that lead to others name all of them, and CONTRIBUTING names the floors as they are."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("page", "prefix"), [("README.md", "docs/how-to/"), ("docs/README.md", "how-to/")])
def test_each_how_to_is_named_once(page: str, prefix: str) -> None:
    """Who begins at either README finds every how-to page, and finds it once."""
    named = re.findall(rf"\]\({prefix}([\w-]+\.md)", (ROOT / page).read_text())

    assert sorted(named) == sorted(path.name for path in (ROOT / "docs" / "how-to").glob("*.md"))


def test_floors_are_as_they_are() -> None:
    """The table in CONTRIBUTING has each floor that is built, at its height, with its rooms."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (house,) = (one for one in settings["tool"]["importlinter"]["contracts"] if one["id"] == "house")
    source = ROOT / "src" / "limosa"
    built = [
        {room for name in re.split(r"[ |:()]+", floor) for room in (name, f"{name}.py")
         if name and (source / room).exists()}
        for floor in house["layers"]
    ]  # fmt: skip
    table = re.findall(r"^\| (\d) \| (.*?) \|", (ROOT / "CONTRIBUTING.md").read_text(), re.MULTILINE)

    assert [(int(height), set(re.findall(r"`(.*?)`", rooms))) for height, rooms in table] == [
        (len(built) - 1 - place, rooms) for place, rooms in enumerate(built) if rooms
    ]


def test_targets_that_pages_name_are_there() -> None:
    """Each ``make TARGET`` in code of a page is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    called = re.compile(r"(?:`|^)make ([a-z-]+)", re.MULTILINE)
    named = {one for page in pages for one in called.findall(page.read_text())}

    assert "test" in named
    assert named <= targets
