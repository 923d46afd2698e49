"""The machine-readable zone of a travel document (ICAO 9303): two lines of 44 characters, or three of 30."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

_WEIGHTS = (7, 3, 1)
_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ZONE_LINE = re.compile(r"[A-Z0-9<]{28,46}")
_YEARS_AHEAD = 20
"""A document that expires later than so many years from now was issued in the last century."""


def check_digit(field: str) -> int:
    """Return the digit that protects a field: weights 7, 3, 1; letters count from 10, the filler 0."""
    values = (0 if sign == "<" else _LETTERS.index(sign) for sign in field)
    return sum(value * _WEIGHTS[place % 3] for place, value in enumerate(values)) % 10


def read_zone(text: str, *, today: dt.date | None = None) -> dict[str, str] | None:
    """Return the fields of the zone in a text; None where there is none whose check digits are right."""
    lines = [line for line in map(_cleaned, text.splitlines()) if _ZONE_LINE.fullmatch(line)]
    year = (today or dt.datetime.now(dt.UTC).date()).year
    for size, width, read in ((2, 44, _passport), (3, 30, _card)):
        for start in range(len(lines) - size + 1):
            zone = [line.ljust(width, "<")[:width] for line in lines[start : start + size]]
            found = read(zone, year)
            if found is not None:
                return found
    return None


def _cleaned(line: str) -> str:
    return line.replace("«", "<<").replace(" ", "").upper()


def _passport(zone: Sequence[str], year: int) -> dict[str, str] | None:
    first, second = zone
    protected = ((second[:9], second[9]), (second[13:19], second[19]), (second[21:27], second[27]))
    composite = second[:10] + second[13:20] + second[21:43]
    if first[0] != "P" or not _are_right((*protected, (composite, second[43]))):
        return None
    return _fields(
        first[2:5], second[:9], second[10:13], second[13:19], second[20], second[21:27], first[5:], year
    )


def _card(zone: Sequence[str], year: int) -> dict[str, str] | None:
    first, second, third = zone
    protected = ((first[5:14], first[14]), (second[:6], second[6]), (second[8:14], second[14]))
    composite = first[5:] + second[:7] + second[8:15] + second[18:29]
    if first[0] not in "ACI" or not _are_right((*protected, (composite, second[29]))):
        return None
    return _fields(first[2:5], first[5:14], second[15:18], second[:6], second[7], second[8:14], third, year)


def _are_right(protected: Sequence[tuple[str, str]]) -> bool:
    return all(digit == str(check_digit(field)) for field, digit in protected)


def _fields(  # the fields of the standard, in its order
    country: str,
    number: str,
    nationality: str,
    birth: str,
    sex: str,
    expiry: str,
    names: str,
    year: int,
) -> dict[str, str] | None:
    surname, _, given = names.partition("<<")
    try:
        dates = {
            "birth_date": _date(birth, latest=year),
            "expiry_date": _date(expiry, latest=year + _YEARS_AHEAD),
        }
    except ValueError:
        return None
    found = {
        "document_number": _plain(number),
        "issuing_country": _plain(country),
        "nationality": _plain(nationality),
        "surname": _plain(surname),
        "given_names": _plain(given),
        "sex": sex.replace("<", ""),
        **dates,
    }
    return {name: value for name, value in found.items() if value}


def _plain(field: str) -> str:
    return " ".join(field.replace("<", " ").split())


def _date(digits: str, *, latest: int) -> str:
    """Read YYMMDD; of the centuries that are possible it is the last one up to ``latest``."""
    century = latest - latest % 100
    year = century + int(digits[:2])
    return dt.date(year if year <= latest else year - 100, int(digits[2:4]), int(digits[4:])).isoformat()
