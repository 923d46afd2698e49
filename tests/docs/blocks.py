"""Reads the fenced blocks of a page, does what they say in a shell, and compares what comes out.

``sh`` is run; ``text`` after it is what must have been printed, durations apart; a block with
``title=PATH`` is a file, or with ``diff`` a change to one. In a ``text`` block ``…`` stands for anything.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

_FENCE = re.compile(r"^```(?P<info>[^\n`]*)\n(?P<body>.*?)^```$", re.MULTILINE | re.DOTALL)
_END = "[end of block]"
_REFUSED = "[failed]"
SHOWN_AS = "/srv"
"""The folder that pages speak of; the test runs in another one."""


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block: its language, the file it stands for, its text, and where it is."""

    language: str
    title: str | None
    body: str
    line: int


def blocks(page: str) -> list[Block]:
    """Return the fenced blocks of a page in their order."""
    found = []
    for match in _FENCE.finditer(page):
        language, _, rest = match["info"].strip().partition(" ")
        title = rest.removeprefix("title=") if rest.startswith("title=") else None
        found.append(Block(language, title, match["body"], page.count("\n", 0, match.start()) + 1))
    return found


class Shell:
    """One bash in a folder, with the test's own Python first on its path and no settings of the machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.place = folder
        self._bash = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=folder,
            env=_variables(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.run(f"trap 'echo \"{_REFUSED} $BASH_COMMAND\"' ERR")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let the shell end what it started in the background, and wait for it."""
        self._bash.communicate("kill $(jobs -p) 2> /dev/null\nwait\n", timeout=60)

    def run(self, commands: str) -> str:
        """Run commands and return what they printed; each must succeed."""
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.write(f'{commands}\necho "{_END} $PWD"\n')
        self._bash.stdin.flush()
        printed = []
        for line in self._bash.stdout:
            if line.startswith(_END):
                self.place = Path(line.removeprefix(_END).strip())
                break
            printed.append(line)
        text = "".join(printed).replace(str(self.folder), SHOWN_AS)
        assert _REFUSED not in text, text
        return text

    def write(self, block: Block) -> None:
        """Write the file that a block stands for, or change it."""
        assert block.title is not None
        path = self.place / block.title
        if block.language != "diff":
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body, encoding="utf-8")
            return
        text = path.read_text(encoding="utf-8")
        lines = block.body.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        assert text.count(before) == 1, f"{block.title} does not have this once: {before}"
        path.write_text(text.replace(before, after), encoding="utf-8")


def follow(page: str, shell: Shell) -> None:
    """Do what a page says from its first block to its last."""
    printed: str | None = None
    for block in blocks(page):
        if block.title is not None:
            shell.write(block)
        elif block.language == "sh":
            printed = shell.run(block.body)
        elif block.language == "text" and printed is not None:
            where = f"the block in line {block.line}"
            assert is_like(printed, block.body), (
                f"{where} says:\n{block.body}\nand this was printed:\n{printed}"
            )
            printed = None


def is_like(printed: str, shown: str) -> bool:
    """Is this what the page shows, whatever the width of columns and the time that it took?"""
    parts = (re.escape(part) for part in _plain(shown).split("…"))
    return re.fullmatch(".*?".join(parts), _plain(printed), re.DOTALL) is not None


def _plain(text: str) -> str:
    trimmed = re.sub(r" +$", "", text.strip(), flags=re.MULTILINE)
    return re.sub(r"\b\d+(\.\d+)? (ms|s)\b", "some s", re.sub(r" +", " ", trimmed))


def _variables() -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("LIMOSA_", "DATABASE_URL"))
    }
    programs = Path(sys.executable).parent
    return {
        **kept,
        "PATH": f"{programs}:{kept.get('PATH', os.defpath)}",
        "NO_COLOR": "1",
        "TERM": "dumb",
        # pytest-alembic is here for a test of our plugin, and belongs to no page. It collects whatever
        # tests/conftest.py a page writes, and not every pytest lets it.
        "PYTEST_ADDOPTS": "-p no:pytest_alembic -p no:schemathesis",
    }
