"""What the settings hang on besides files: the variables that were asked for in this process.

An answer that is kept for the next call is kept with them. Loads nothing, because that next
call begins here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_ELSEWHERE = ("HOME", "LANG", "LC_ALL", "LC_CTYPE", "PYTHONUTF8", "PYTHONIOENCODING", "PYTHONPATH")
"""Read by Python itself: what ``~`` is, how files are encoded, where packages are."""


class Variables(Mapping[str, str]):
    """The process's environment, as it is at each moment; it takes note of each name that is asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = {*_ELSEWHERE}
        self.is_all = True
        """Do the settings hang on nothing but files and these variables?"""

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return os.environ[name]

    def __iter__(self) -> Iterator[str]:
        self.is_all = False
        return iter(os.environ)

    def __len__(self) -> int:
        self.is_all = False
        return len(os.environ)

    def values_asked(self) -> dict[str, str | None]:
        """Return each variable that was asked for."""
        return {name: os.environ.get(name) for name in sorted(self.asked)}


VARIABLES = Variables()


def are_set(variables: Mapping[str, str | None]) -> bool:
    """Have the variables these values, None for one that is not set?"""
    return all(os.environ.get(name) == value for name, value in variables.items())
