"""Several databases of one project: the sections of its ini file, as ``alembic -n`` takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from limosa.config.consulted import VARIABLES
from limosa.config.options import Options
from limosa.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection

    from limosa.config.settings import Settings


def section_names(settings: Settings, *, flags: Collection[str]) -> tuple[str, ...]:
    """Return the sections with revisions of their own; raise ``UsageError`` where one of them was named.

    ``flags`` are the flags of the call; a database that one of them names would be taken for each section.
    """
    named = next((flag for flag in ("--name", "--url") if flag in flags), None)
    named = named or ("LIMOSA_URL" if VARIABLES.get("LIMOSA_URL") else None)
    if named is not None:
        raise UsageError(
            f"--all-names is about several databases, and {named} names one",
            hint="leave out one of the two; settings give each name its own, [names.NAME] url_variable = …",
        )
    return Options.of(settings).names
