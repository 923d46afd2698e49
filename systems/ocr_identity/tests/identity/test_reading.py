"""From a text to fields: zones with check digits, and lines with labels."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from app.errors import Unreadable
from app.fields import read_fields
from app.mrz import check_digit, read_zone
from app.reading import read_document
from tests.identity.scans import CARD_ZONE, PASSPORT_ZONE, picture

TODAY = dt.date(2026, 1, 1)


def test_the_zone_of_a_passport_is_read() -> None:
    """The specimen of the standard gives its fields; what surrounds it does not matter."""
    found = read_zone(f"PASSPORT\nUTOPIA\n{PASSPORT_ZONE}\n", today=TODAY)

    assert found == {
        "document_number": "L898902C3",
        "issuing_country": "UTO",
        "nationality": "UTO",
        "surname": "ERIKSSON",
        "given_names": "ANNA MARIA",
        "sex": "F",
        "birth_date": "1974-08-12",
        "expiry_date": "2012-04-15",
    }


@pytest.mark.parametrize("zone", [PASSPORT_ZONE, CARD_ZONE])
def test_a_zone_with_one_wrong_sign_is_not_believed(zone: str) -> None:
    """Every digit of number, birth and expiry is protected."""
    lines = zone.splitlines()
    at = 1 if zone is PASSPORT_ZONE else 0
    for place, sign in enumerate(lines[at]):
        if sign.isdigit():
            wrong = lines[at][:place] + str((int(sign) + 1) % 10) + lines[at][place + 1 :]
            assert read_zone("\n".join([*lines[:at], wrong, *lines[at + 1 :]])) is None


@pytest.mark.parametrize(
    ("field", "digit"), [("L898902C3", 6), ("740812", 2), ("<<<", 0), ("ZE184226B<<<<<", 1)]
)
def test_check_digits_are_the_standards(field: str, digit: int) -> None:
    """Weights 7, 3, 1; letters from 10; the filler 0."""
    assert check_digit(field) == digit


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Passport No.: AB 123", {"document_number": "AB 123"}),
        ("  DATE OF EXPIRY : 15 Apr 2032 ", {"expiry_date": "2032-04-15"}),
        ("Date of birth: 31.02.1974", {}),
        ("Valid until: 2032-04-15", {"expiry_date": "2032-04-15"}),
        ("Surname:", {}),
        ("Colour of eyes: green", {}),
        ("a" * 10_000, {}),
    ],
)
def test_labelled_lines_are_read(line: str, found: dict[str, str]) -> None:
    """A known label gives its field, a date in any of the usual forms; anything else gives nothing."""
    assert read_fields(line) == found


def test_without_tesseract_a_picture_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Tesseract is not to be found the stored error names it, and the other way."""
    monkeypatch.setenv("PATH", str(tmp_path))
    scan = tmp_path / "scan.png"
    scan.write_bytes(picture())
    with pytest.raises(Unreadable, match=r"Tesseract is not installed.*apt install tesseract-ocr.*PDF"):
        read_document(scan)


def test_a_picture_that_unpacks_to_far_too_much_is_refused(tmp_path: Path) -> None:
    """A small file with a huge picture in it is not unpacked."""
    scan = tmp_path / "bomb.png"
    head = picture("x")
    scan.write_bytes(head[:16] + (60_000).to_bytes(4) * 2 + head[24:])
    with pytest.raises(Unreadable):
        read_document(scan)
