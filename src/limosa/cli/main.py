"""The entry point. What was asked before and still holds is answered at once; all else is invoked.

Nothing is imported here that the first of the two does without.
"""

from __future__ import annotations

import sys

from limosa.cli.remembered import recall

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    if sys.stdout is None or sys.stderr is None:  # what the shell calls >&-
        from limosa.cli.failure import is_heard  # noqa: PLC0415

        if not is_heard():
            return 1
    words = list(sys.argv[1:] if arguments is None else arguments)
    text = recall(words)
    if text is None:
        if arguments is None:
            from limosa.cli.garbage import spare_what_is_loaded  # noqa: PLC0415  # there is an answer mostly

            spare_what_is_loaded()
        from limosa.cli.invocation import invoke  # noqa: PLC0415  # Click alone takes as long as the answer

        return invoke(words)
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except OSError as error:
        from limosa.cli.failure import unanswered  # noqa: PLC0415

        return unanswered(error)
    return 0
