"""What a client may call a file, and how it may declare its type."""

from __future__ import annotations

import mimetypes
import re
import unicodedata

from src.shared.errors import Unprocessable

MOST_CHARACTERS = 255
UNKNOWN_TYPE = "application/octet-stream"
_TYPE = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,254}")

_types = mimetypes.MimeTypes()
for _suffix, _type in ((".md", "text/markdown"), (".markdown", "text/markdown"), (".rst", "text/x-rst")):
    _types.add_type(_type, _suffix)


def checked_name(name: str) -> str:
    """Return a file's name if it is one; refuse a path, and what no system can show."""
    if not name or len(name) > MOST_CHARACTERS:
        raise Unprocessable(f"a file's name has 1 to {MOST_CHARACTERS} characters, this one has {len(name)}")
    if "/" in name or "\\" in name or name in {".", ".."}:
        raise Unprocessable("a file's name may not lead to another folder: send the name without its path")
    if any(unicodedata.category(sign) in {"Cc", "Cs"} for sign in name):
        raise Unprocessable("a file's name may not hold control characters or halves of surrogate pairs")
    return name


def declared_type(header: str | None) -> str:
    """Return what the client declares, as it is, if it could be a type at all."""
    return header if header and _TYPE.fullmatch(header) else UNKNOWN_TYPE


def normal_type(declared: str) -> str:
    """Return the type without its parameters, in small letters; what revision 0003 makes of it."""
    return declared.partition(";")[0].strip(" ").lower()


def type_to_read(declared: str, name: str) -> str:
    """Return the type to read a file by: as declared, or by its name where that says nothing."""
    known = normal_type(declared)
    return _types.guess_type(name, strict=False)[0] or known if known in {UNKNOWN_TYPE, ""} else known
