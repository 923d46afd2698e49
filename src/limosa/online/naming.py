"""Names of what the operations make, and how they come into a statement."""

from __future__ import annotations

import hashlib
import re

from limosa.engines.quoting import quote
from limosa.model.session import Query

_LONGEST_BYTES = 63


def fitted(name: str) -> str:
    """Return the name, or a start of it and a digest: a server would cut it, and two would become one."""
    if len(name.encode()) <= _LONGEST_BYTES:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:10]
    start = name.encode()[: _LONGEST_BYTES - len(digest) - 1].decode(errors="ignore")
    return f"{start}_{digest}"


def quoted(*parts: str | None) -> str:
    """Return a name, with the schema before it where there is one, as SQL has it."""
    return ".".join(quote(part) for part in parts if part is not None)


def filled(query: Query, **names: str) -> str:
    """Put quoted names into a statement of ours, and leave out the comment above it."""
    return re.sub(r"\A(?:--[^\n]*\n)+", "", query).format(**names)
