"""``--all-names``: a command run for each section of the ini file that has revisions of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from limosa.model.exit_code import ExitCode

if TYPE_CHECKING:
    from limosa.cli.call import Call


def for_each_name(call: Call, run: Callable[[], Any]) -> int:
    """Run a command for each name, up to the first error; return the first code that is not 0."""
    names = call.names()
    with call.collected() as begin:
        codes = []
        for name in names:
            begin(name)
            codes.append(run())
    return next((code for code in codes if code), ExitCode.OK)
