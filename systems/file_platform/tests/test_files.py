"""Files over HTTP, with a real client and a real server: what is sent comes back, no more is kept."""

from __future__ import annotations

import hashlib
import io
import os
import socket
import uuid
from urllib.parse import urlsplit

import httpx
import pytest
from pypdf import PdfWriter

from systems.file_platform.tests.system import Served, System, extract, until, upload

PAGE = b"<html><title>A page</title><script>no()</script><body><p>Words on it</p></body></html>"


def pdf() -> bytes:
    """Return a PDF of one empty page."""
    with PdfWriter() as writer, io.BytesIO() as file:
        writer.add_blank_page(width=200, height=200)
        writer.add_metadata({"/Title": "Blank"})
        writer.write(file)
        return file.getvalue()


def kept(system: System, client: httpx.Client) -> set[str]:
    """Return the names of everything that lies in a tenant's folder."""
    code = client.get("/tenant").json()["code"]
    mark = "%s" if system.target.engine == "postgresql" else "?"
    [(key,)] = system.target.rows(f"SELECT id FROM tenants WHERE code = {mark}", (code,))
    folder = system.storage / str(uuid.UUID(str(key)))
    return {path.name for path in folder.iterdir()} if folder.exists() else set()


def test_a_file_comes_back_as_it_was_sent(running: System, served: Served) -> None:
    """An upload of several chunks is hashed, listed, found by type and hash, fetched and deleted."""
    content = os.urandom(3 << 20)
    with served.tenant() as client:
        file = upload(client, "Übersicht 1.bin", content, "Application/X-Thing; v=1")

        assert file["file_hash"] == hashlib.sha256(content).hexdigest()
        assert (file["file_size"], file["mime_type"]) == (len(content), "application/x-thing")
        assert client.get(f"/files/{file['id']}").json() == file
        for wanted in ({}, {"mime_type": "application/x-thing"}, {"file_hash": file["file_hash"]}):
            assert [one["id"] for one in client.get("/files", params=wanted).json()] == [file["id"]]
        assert client.get("/files", params={"mime_type": "text/plain"}).json() == []
        answer = client.get(f"/files/{file['id']}/content")
        assert answer.content == content
        assert "attachment" in answer.headers["content-disposition"]
        assert kept(running, client) == {file["id"]}
        assert client.delete(f"/files/{file['id']}").status_code == 204
        assert kept(running, client) == set()
        used = client.get("/tenant").json()
        assert (used["used_bytes"], used["file_count"]) == (0, 0)


def test_a_list_is_read_page_by_page(served: Served) -> None:
    """Pages follow each other, newest first, and no file comes twice or never."""
    with served.tenant() as client:
        made = [upload(client, f"{number}.txt", b"x")["id"] for number in range(7)]
        seen: list[str] = []
        while page := client.get(
            "/files", params={"limit": 3, **({"after": seen[-1]} if seen else {})}
        ).json():
            seen += [one["id"] for one in page]

    assert seen == made[::-1]


@pytest.mark.parametrize(
    ("name", "declared", "content", "text", "metadata"),
    [
        ("a.html", "text/html", PAGE, "A page\nWords on it", {"title": "A page"}),
        ("a.md", "application/octet-stream", b"# Head\n\nA *word*", "Head\nA word", {"title": "Head"}),
        ("a.txt", "text/plain", "käse\0".encode(), "käse�", {"encoding": "utf-8"}),
        ("a.pdf", "application/pdf", pdf(), "", {"page_count": 1, "title": "Blank"}),
    ],
)
def test_text_is_extracted(
    served: Served, name: str, declared: str, content: bytes, text: str, metadata: dict[str, object]
) -> None:
    """Each kind of file is read by its type, or by its name where the type says nothing."""
    with served.tenant() as client:
        file = upload(client, name, content, declared)
        found = extract(client, file["id"])

        assert (found["status"], found["extracted_text"]) == ("done", text)
        assert metadata.items() <= found["extracted_metadata"].items()
        assert client.get(f"/files/{file['id']}").json()["status"] == "extracted"
        only = extract(client, file["id"], "metadata")
        assert (only["extracted_text"], only["extracted_metadata"]) == (None, found["extracted_metadata"])
        assert len(client.get(f"/files/{file['id']}/extractions").json()) == 2


@pytest.mark.parametrize(
    ("name", "content", "reason"), [("a.pdf", b"%PDF-1.7 torn", "Pdf"), ("a.bin", b"\1", "no reader")]
)
def test_what_cannot_be_read_fails_with_a_reason(
    served: Served, name: str, content: bytes, reason: str
) -> None:
    """A torn file and an unknown type end as failed, with the reason, and the worker goes on."""
    with served.tenant() as client:
        file = upload(client, name, content, "application/octet-stream")
        found = extract(client, file["id"])
        state = client.get(f"/files/{file['id']}").json()["status"]

    assert (found["status"], state) == ("failed", "extraction_failed")
    assert reason in found["error_message"]


@pytest.mark.parametrize(
    "name", ["../up.txt", "/etc/passwd", "a/b", "..\\x", "..", ".", "", "a\0b", "a\nb", "x" * 256]
)
def test_a_name_that_leads_elsewhere_is_refused(running: System, served: Served, name: str) -> None:
    """A file name is a name: a path, a control character or too many are refused, and nothing is written."""
    with served.tenant() as client:
        answer = client.post("/files", params={"filename": name}, content=b"x")

        assert answer.status_code == 422
        assert answer.json().keys() == {"error", "detail"}
        assert kept(running, client) == set()


def test_empty_and_oversized_uploads_are_refused(running: System, served: Served) -> None:
    """No content, and more than may be sent, announced or not: refused with a reason, and nothing is kept."""
    large = (4 << 20) + 1
    with served.tenant() as client:
        answers = [
            client.post("/files", params={"filename": "a"}, content=b""),
            client.post("/files", params={"filename": "a"}, content=b"x" * large),
            client.post("/files", params={"filename": "a"}, content=(b"x" * (1 << 20) for _ in range(5))),
        ]

        assert [answer.status_code for answer in answers] == [422, 413, 413]
        assert [answer.json()["error"] for answer in answers] == ["unprocessable", "too_large", "too_large"]
        assert kept(running, client) == set()
        assert client.get("/tenant").json()["file_count"] == 0


def test_a_client_that_goes_away_leaves_nothing(running: System, served: Served) -> None:
    """An upload that is broken off is gone from the disk and was never counted."""
    place = urlsplit(served.address)
    with served.tenant() as client:
        key = client.headers["X-API-Key"]
        head = f"POST /files?filename=a HTTP/1.1\r\nHost: x\r\nX-API-Key: {key}\r\n"
        with socket.create_connection((str(place.hostname), int(place.port or 0))) as wire:
            wire.sendall(head.encode() + b"Content-Length: 3000000\r\n\r\n" + bytes(2_000_000))
            until(lambda: kept(running, client), what="the upload has begun")

        until(lambda: not kept(running, client), what="its beginning is removed")
        assert client.get("/tenant").json()["used_bytes"] == 0


@pytest.mark.parametrize(
    "path", ["/files/{}", "/files/{}/content", "/files/{}/extractions", "/extractions/{}"]
)
def test_ids_that_are_none_or_nobodys_are_refused(served: Served, path: str) -> None:
    """A bad UUID is unprocessable and an unknown one not found, each with a sentence."""
    with served.tenant() as client:
        bad, unknown = client.get(path.format("not-a-uuid")), client.get(path.format(uuid.uuid4()))

    assert (bad.status_code, unknown.status_code) == (422, 404)
    assert bad.json()["error"] == "invalid_request"
    assert unknown.json()["error"] == "not_found"


def test_a_file_that_is_lost_on_disk_is_said_to_be(running: System, served: Served) -> None:
    """A row whose content is gone answers 503 with a reason, not a traceback."""
    with served.tenant() as client:
        file = upload(client, "a.txt", b"x")
        next(running.storage.glob(f"*/{file['id']}")).unlink()

        answer = client.get(f"/files/{file['id']}/content")
        assert (answer.status_code, answer.json()["error"]) == (503, "storage_unavailable")
        assert extract(client, file["id"])["status"] == "failed"
        assert client.delete(f"/files/{file['id']}").status_code == 204


def test_a_duplicate_code_and_a_missing_token_are_refused(served: Served) -> None:
    """Tenants are made by the operator alone, and each code once."""
    wanted = {"code": "twice", "name": "Twice"}
    with served.operator() as operator, served.client() as nobody:
        assert operator.post("/tenants", json=wanted).status_code == 201
        again = operator.post("/tenants", json=wanted)
        answers = [
            nobody.post("/tenants", json=wanted, headers=sent) for sent in ({}, {"X-Admin-Token": "no"})
        ]

        assert (again.status_code, again.json()["error"]) == (409, "conflict")
        assert [answer.status_code for answer in answers] == [401, 401]
        assert operator.patch("/tenants/nobody", json={"name": "N"}).status_code == 404
        assert operator.post("/tenants", json={**wanted, "code": "../x"}).status_code == 422
        listed = [one["code"] for one in operator.get("/tenants", params={"limit": 500}).json()]
        assert "twice" in listed
        assert listed == sorted(listed)
