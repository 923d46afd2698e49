"""Scans to read: a picture that is drawn, a PDF with a text layer and one without."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw, ImageFont
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

PASSPORT_ZONE = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<\nL898902C36UTO7408122F1204159ZE184226B<<<<<10"
CARD_ZONE = "I<UTOD231458907<<<<<<<<<<<<<<<\n7408122F1204159UTO<<<<<<<<<<<6\nERIKSSON<<ANNA<MARIA<<<<<<<<<<"
CARD = "Document No: D23145890\nSurname: ERIKSSON\nDate of birth: 12.08.1974\nDate of expiry: 15.04.2032"


def picture(text: str = CARD) -> bytes:
    """Draw lines of text, as on a card, as a PNG."""
    lines = text.splitlines()
    image = Image.new("L", (1200, 80 + 70 * len(lines)), 255)
    pen, font = ImageDraw.Draw(image), ImageFont.load_default(40)
    for number, line in enumerate(lines):
        pen.text((40, 40 + 70 * number), line, fill=0, font=font)
    return _written(image)


def pdf(text: str = CARD) -> bytes:
    """Make a PDF of one page; without text it has no text layer."""
    with PdfWriter() as writer, io.BytesIO() as file:
        page = writer.add_blank_page(width=595, height=842)
        if text:
            lines = "".join(f"({line}) Tj T* " for line in text.splitlines())
            stream = DecodedStreamObject()
            stream.set_data(f"BT /F1 12 Tf 14 TL 40 800 Td {lines}ET".encode())
            font = {"Type": "Font", "Subtype": "Type1", "BaseFont": "Courier"}
            named = {NameObject(f"/{key}"): NameObject(f"/{value}") for key, value in font.items()}
            fonts = DictionaryObject({NameObject("/F1"): DictionaryObject(named)})
            page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
            page[NameObject("/Contents")] = stream
        writer.write(file)
        return file.getvalue()


def _written(image: Image.Image) -> bytes:
    with io.BytesIO() as file:
        image.save(file, "PNG")
        return file.getvalue()
