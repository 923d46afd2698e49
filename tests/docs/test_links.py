"""Links lead somewhere, named files exist, quoted messages are those of the code."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from limosa import errors
from limosa.model.limits import Limits
from tests.architecture.sources import ROOT, python_files
from tests.docs.blocks import blocks

PAGES = [
    *ROOT.glob("*.md"),
    *sorted((ROOT / "docs").rglob("*.md")),
    *(ROOT / "systems").glob("*/README.md"),
]
_LINK = re.compile(r"\[[^\]]*\]\((?P<to>[^)\s]+)\)")
_FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_README_LINES = 120


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    """Each link within the repository leads to a file, and its anchor to a heading of that file."""
    broken = []
    for match in _LINK.finditer(_FENCED.sub("", page.read_text(encoding="utf-8"))):
        path, _, anchor = match["to"].partition("#")
        if "://" in path or path.startswith("mailto:"):
            continue
        there = (page.parent / path).resolve() if path else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(match["to"])
    assert not broken


def test_every_page_is_reachable_from_the_readme() -> None:
    """A newcomer finds each page of the documents by following links from the README."""
    seen: set[Path] = set()
    waiting = [ROOT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        links = (match["to"].partition("#")[0] for match in _LINK.finditer(page.read_text(encoding="utf-8")))
        waiting += [(page.parent / link).resolve() for link in links if link and "://" not in link]
    assert set((ROOT / "docs").rglob("*.md")) <= seen


def test_the_readme_is_short_and_names_what_exists() -> None:
    """At most 120 lines; its tests, folders and make targets are there."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= _README_LINES
    prose = _FENCED.sub("", text)
    named = set(re.findall(r"\b(?:tests|systems|benchmarks|src|docs)/[\w./-]*\w", prose))
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"`?make (\w+)", text)) <= targets


def test_the_runbook_quotes_messages_that_exist() -> None:
    """Each piece of a message in the runbook stands in the code, so that a search finds it."""
    page = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    quoted = [line for block in blocks(page) if block.language == "text" for line in block.body.splitlines()]
    # the code may put a message together where a clause ends
    pieces = {piece.strip() for line in quoted for piece in re.split(r"…|; |, and ", line)}
    said = texts()
    missing = [piece for piece in pieces if re.search(r"\w{2}", piece) and piece not in said]
    assert quoted
    assert not missing


def test_the_runbook_has_every_error() -> None:
    """Whoever meets an error code finds it in the runbook."""
    page = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    kinds = (kind for kind in vars(errors).values() if isinstance(kind, type))
    codes = {kind.code for kind in kinds if issubclass(kind, errors.LimosaError)} - {errors.LimosaError.code}
    assert [code for code in sorted(codes) if f"`{code}`" not in page] == []


@pytest.mark.parametrize(
    ("limit", "default", "phrases"),
    [
        ("lock_timeout_first_ms", 50, {"how-to/long-locks.md": "`lock_timeout` of 50 ms"}),
        ("lock_timeout_most_ms", 1000, {"how-to/long-locks.md": "up to 1 s"}),
        ("lock_budget_s", 900, {"how-to/long-locks.md": "for 15 minutes", "concepts.md": "for 15 minutes"}),
        ("queue_limit", 10, {"how-to/long-locks.md": "more than 10"}),
        ("runner_wait_s", 600, {"concepts.md": "ten minutes by default"}),
        ("reconnect_s", 300, {"concepts.md": "for five minutes"}),
    ],
)
def test_limits_in_prose_are_the_defaults(limit: str, default: int, phrases: dict[str, str]) -> None:
    """Where a page tells a default, it is the one that holds."""
    assert getattr(Limits(), limit) == default, f"change it in {', '.join(phrases)} too"
    for page, phrase in phrases.items():
        assert phrase in " ".join((ROOT / "docs" / page).read_text(encoding="utf-8").split())


def test_the_glossary_is_sorted() -> None:
    """Words are found where one looks for them."""
    rows = re.findall(
        r"^\| ([a-z ]+) \|", (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    words = [row for row in rows if row != "word"]
    assert words == sorted(words)
    assert len(words) == len(set(words))


def anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    text = _FENCED.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@cache
def texts() -> str:
    """Return all string literals of the package, in f-strings with a gap where a value goes."""
    found = []
    for source in python_files("src"):
        for node in ast.walk(source.tree):
            if isinstance(node, ast.JoinedStr):
                found.append(
                    "".join(str(v.value) if isinstance(v, ast.Constant) else "\0" for v in node.values)
                )
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.append(node.value)
    return "\n".join(found)
