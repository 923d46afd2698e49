"""Bad input over HTTP: a 4xx with a JSON body that says what and why, and nothing half-written."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.identity.scans import pdf, picture
from tests.identity.service import PASSWORD, Person, Service

NEW = {"email": "new@example.com", "password": PASSWORD}
NOWHERE = uuid.uuid4()


def refused(answer: httpx.Response, status: int, error: str) -> str:
    """Check what every refusal is like, and return its sentence."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert {*body} == {"error", "message"}
    assert body["error"] == error
    return str(body["message"])


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"email": "no address"}, "body.email"),
        ({"email": f"{'x' * 250}@example.com"}, "body.email"),
        ({"password": "short"}, "body.password"),
        ({"password": "x" * 201}, "body.password"),
        ({"password": "bell\x07 in the password"}, "body.password"),
        ({"full_name": "nul\0"}, "body.full_name"),
        ({"full_name": "x" * 256}, "body.full_name"),
        ({"full_name": "\ud800"}, "body.full_name"),
        ({"is_verified": True}, "body.is_verified"),
        ({"email": None}, "body.email"),
    ],
)
def test_a_bad_registration_names_the_field(service: Service, change: dict[str, Any], said: str) -> None:
    """The sentence names the field, and repeats nothing of what was sent."""
    body = json.dumps({**NEW, **change})  # in ASCII: what UTF-8 cannot say is said by an escape
    with service.client(**{"content-type": "application/json"}) as client:
        message = refused(client.post("/users", content=body), 422, "invalid")

    assert said in message
    assert PASSWORD not in message


@pytest.mark.parametrize("email", ["{}", "CAPITAL-{}"])
def test_an_address_is_taken_once(service: Service, email: str) -> None:
    """A second registration is a conflict, in capital letters too; the first one stays as it is."""
    address = email.format(f"{uuid.uuid4().hex[:8]}@example.com")
    with service.person(address), service.client() as client:
        answer = client.post("/users", json={"email": address.upper(), "password": "another password"})
        refused(answer, 409, "conflict")

        assert client.post("/tokens", json={"email": address, "password": PASSWORD}).status_code == 201


def test_a_wrong_password_and_a_wrong_address_are_alike(service: Service, refused_one: Person) -> None:
    """The answer does not say who is registered."""
    with service.client() as client:
        wrong = client.post("/tokens", json={"email": refused_one.email, "password": "wrong password"})
        nobody = client.post("/tokens", json={"email": "nobody@example.com", "password": PASSWORD})

    assert refused(wrong, 401, "not_signed_in") == refused(nobody, 401, "not_signed_in")


@pytest.mark.parametrize("token", [None, "Bearer", "Bearer x", "Bearer a.b.c", "Basic eA==", "Bearer \xff"])
def test_without_a_good_token_nothing_is_shown(service: Service, token: str | None) -> None:
    """No token, half a token and a forged one are all refused."""
    headers = {"authorization": token.encode("latin-1")} if token else {}
    with service.client() as client:
        for path in ("/users/me", "/documents", f"/jobs/{NOWHERE}"):
            refused(client.get(path, headers=headers), 401, "not_signed_in")  # type: ignore[arg-type]


def test_a_token_of_another_installation_is_forged(service: Service, refused_one: Person) -> None:
    """A token is good only with its signature."""
    token = refused_one.client.headers["authorization"]
    turned = token[:-1] + ("A" if token[-1] != "A" else "B")
    with service.client() as client:
        refused(client.get("/users/me", headers={"authorization": turned}), 401, "not_signed_in")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/documents/{}"),
        ("DELETE", "/documents/{}"),
        ("GET", "/documents/{}/file"),
        ("POST", "/documents/{}/jobs"),
        ("GET", "/jobs/{}"),
    ],
)
def test_somebody_elses_is_as_if_it_were_not_there(
    service: Service, person: Person, method: str, path: str
) -> None:
    """Another user's document and job are answered like none at all, and stay as they are."""
    document = person.submit(pdf(), "card.pdf").raise_for_status().json()["id"]
    job = person.read(document)["id"]
    thing = job if path.startswith("/jobs") else document
    with service.person() as other:
        theirs = refused(other.client.request(method, path.format(thing)), 404, "not_found")
        none = refused(other.client.request(method, path.format(NOWHERE)), 404, "not_found")
        assert other.client.get("/documents").json() == []
        assert {line["resource_id"] for line in other.client.get("/users/me/actions").json()} == {other.id}

    assert theirs.replace(thing, "") == none.replace(str(NOWHERE), "")
    assert person.client.get(f"/documents/{document}").status_code == 200


@pytest.mark.parametrize("path", ["/documents/17", "/documents/x/file", "/jobs/../../etc/passwd", "/jobs/0"])
def test_what_is_no_key_is_refused(refused_one: Person, path: str) -> None:
    """A path that is no UUID is the client's mistake."""
    answer = refused_one.client.get(path)

    assert answer.status_code in {404, 422}
    assert {*answer.json()} == {"error", "message"}


@pytest.mark.parametrize(
    ("content", "name", "status", "error"),
    [
        (b"", "scan.png", 422, "unacceptable"),
        (b"MZ program", "scan.png", 415, "unknown_kind"),
        (b"<svg/>", "scan.svg", 415, "unknown_kind"),
        (picture("x"), "../../etc/cron.d/scan.png", 422, "unacceptable"),
        (picture("x"), "..\\scan.png", 422, "unacceptable"),
        (picture("x"), "..", 422, "unacceptable"),
        (picture("x"), "n" * 256, 422, "unacceptable"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 210_000, "big.png", 413, "too_large"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 5_000_000, "huge.png", 413, "too_large"),
    ],
    ids=["empty", "program", "svg", "climbs out", "backslash", "dots", "long name", "big", "huge"],
)
def test_a_bad_upload_leaves_nothing(  # one argument a column
    service: Service, refused_one: Person, content: bytes, name: str, status: int, error: str
) -> None:
    """It is refused with the reason; no file, no row and no line of the trail is written."""
    before = _kept(service)
    refused(refused_one.submit(content, name), status, error)

    assert _kept(service) == before
    assert refused_one.client.get("/documents").json() == []
    assert all(
        line["action"] != "document.submitted" for line in refused_one.client.get("/users/me/actions").json()
    )


def test_a_form_must_be_complete(refused_one: Person) -> None:
    """A form without file, without type or with a type too long is refused; so is what is no form."""
    scan = {"file": ("scan.png", picture("x"))}
    for answer in (
        refused_one.client.post("/documents", data={"document_type": "passport"}),
        refused_one.client.post("/documents", files=scan),
        refused_one.client.post("/documents", data={"document_type": "x" * 101}, files=scan),
        refused_one.client.post("/documents", data={"document_type": "nul\0"}, files=scan),
        refused_one.client.post("/documents", json={}),
    ):
        refused(answer, 422, "invalid")


def test_a_document_is_queued_once_at_a_time(service: Service, person: Person) -> None:
    """While a job waits, another one for the same document is a conflict."""
    document = person.submit(picture("Surname: X"), "scan.png").raise_for_status().json()["id"]
    answers = [person.client.post(f"/documents/{document}/jobs") for _ in range(2)]
    if answers[1].status_code == 202:  # the worker was faster
        pytest.fail("two jobs were queued within the time that Tesseract takes")

    assert answers[0].status_code == 202
    assert answers[0].json()["id"] in refused(answers[1], 409, "conflict")
    assert service.process.poll() is None


def _kept(service: Service) -> set[Path]:
    return {path for path in service.system.storage.rglob("*") if path.is_file()}
