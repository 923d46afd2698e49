"""What a text says of a document: by its machine-readable zone, and by lines such as ``Surname: Miller``."""

from __future__ import annotations

import datetime as dt
import re

from app.mrz import read_zone

_LABELS = {
    "document_number": (
        "document no",
        "document number",
        "passport no",
        "passport number",
        "card no",
        "id no",
    ),
    "issuing_country": ("issuing country", "issuing state", "country of issue"),
    "nationality": ("nationality",),
    "surname": ("surname", "last name", "family name"),
    "given_names": ("given names", "given name", "first name", "forenames"),
    "birth_date": ("date of birth", "birth date"),
    "issue_date": ("date of issue", "issue date", "issued on"),
    "expiry_date": ("date of expiry", "expiry date", "expires on", "valid until"),
    "sex": ("sex",),
}
_FIELD_OF = {label: field for field, labels in _LABELS.items() for label in labels}
_LINE = re.compile(r"\s*([A-Za-z][A-Za-z ]*?)\.?\s*:\s*(\S.*?)\s*")
_DATE_FORMS = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%d %b %Y", "%d %B %Y")
_LONGEST = {"document_number": 255, "issuing_country": 100}


def read_fields(text: str) -> dict[str, str]:
    """Return what a text says; the zone, which has check digits, wins over the lines."""
    found = dict(filter(None, map(_labelled, text.splitlines())))
    return {**found, **(read_zone(text) or {})}


def _labelled(line: str) -> tuple[str, str] | None:
    matched = _LINE.fullmatch(line)
    field = _FIELD_OF.get(" ".join(matched[1].lower().split())) if matched else None
    if matched is None or field is None:
        return None
    value = _date(matched[2]) if field.endswith("_date") else matched[2][: _LONGEST.get(field)]
    return (field, value) if value else None


def _date(text: str) -> str | None:
    for form in _DATE_FORMS:
        try:
            return dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC).date().isoformat()
        except ValueError:
            continue
    return None
