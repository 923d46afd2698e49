"""The main job over HTTP: register, submit, have read, look, remove; each with its line in the trail."""

from __future__ import annotations

import datetime as dt
import shutil
import uuid

import pytest

from tests.identity.scans import CARD_ZONE, PASSPORT_ZONE, pdf, picture
from tests.identity.service import PASSWORD, Person, Service

NEEDS_TESSERACT = pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")


@NEEDS_TESSERACT
def test_a_picture_is_read_by_tesseract(service: Service, person: Person) -> None:
    """What is drawn on a card comes back as fields, in the job and in the document, stored as JSON."""
    document = person.submit(picture()).raise_for_status().json()["id"]
    job = person.read(document)
    found = person.client.get(f"/documents/{document}").json()

    assert (job["job_status"], job["error_message"]) == ("completed", None)
    assert job["output_data"]["method"] == "tesseract"
    assert found["extracted_data"]["fields"]["surname"] == "ERIKSSON"
    assert (found["document_number"], found["expiry_date"]) == ("D23145890", "2032-04-15")
    assert found["status"] == "processed"
    key = document if service.system.main.engine == "postgresql" else uuid.UUID(document).hex
    surname = f"SELECT extracted_data -> 'fields' ->> 'surname' FROM identity_documents WHERE id = '{key}'"
    assert service.system.main.rows(surname) == [("ERIKSSON",)]


@NEEDS_TESSERACT
def test_the_zone_of_a_picture_is_read(person: Person) -> None:
    """A drawn machine-readable zone is read so well that all of its check digits are right."""
    document = person.submit(picture(PASSPORT_ZONE)).raise_for_status().json()["id"]

    assert person.read(document)["output_data"]["fields"]["document_number"] == "L898902C3"


def test_a_pdf_is_read_by_its_text_layer(person: Person) -> None:
    """The machine-readable zone in a PDF gives the fields, its dates completed."""
    document = person.submit(pdf(CARD_ZONE), "card.pdf", "identity card").raise_for_status().json()["id"]
    job = person.read(document)

    assert job["output_data"]["method"] == "text layer"
    assert job["output_data"]["fields"] == {
        "document_number": "D23145890",
        "issuing_country": "UTO",
        "nationality": "UTO",
        "surname": "ERIKSSON",
        "given_names": "ANNA MARIA",
        "sex": "F",
        "birth_date": "1974-08-12",
        "expiry_date": "2012-04-15",
    }


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (pdf(""), "empty.pdf", "no text layer"),
        (b"%PDF-1.7\n% torn", "torn.pdf", "damaged"),
        (b"\x89PNG\r\n\x1a\n torn", "torn.png", "damaged"),
        (pdf("Dear Sir"), "letter.pdf", "nothing on it"),
    ],
)
def test_what_cannot_be_read_says_why(person: Person, content: bytes, name: str, said: str) -> None:
    """The job fails with a sentence, which the document has as well; it can be queued again."""
    document = person.submit(content, name).raise_for_status().json()["id"]
    job = person.read(document)
    found = person.client.get(f"/documents/{document}").json()

    assert job["job_status"] == "failed"
    assert said in job["error_message"]
    assert (found["status"], found["verification_notes"]) == ("unreadable", job["error_message"])
    assert person.read(document)["id"] != job["id"]


def test_each_action_is_in_the_trail(service: Service) -> None:
    """What was done, to what, from which address and by which program is written down, and counted."""
    with service.person() as person:
        person.client.headers["user-agent"] = "tests/1"
        document = person.submit(pdf(), "card.pdf").raise_for_status().json()["id"]
        job = person.read(document)["id"]
        person.client.delete(f"/documents/{document}").raise_for_status()
        trail = person.client.get("/users/me/actions").raise_for_status().json()
    by_action = {line["action"]: line for line in trail}

    assert {*by_action} == {
        "user.registered",
        "token.issued",
        "document.submitted",
        "job.queued",
        "job.completed",
        "document.removed",
    }
    submitted = by_action["document.submitted"]
    assert (submitted["ip_address"], submitted["user_agent"]) == ("127.0.0.1", "tests/1")
    assert (submitted["resource_id"], submitted["details"]["file_name"]) == (document, "card.pdf")
    assert (by_action["job.queued"]["resource_id"], by_action["job.completed"]["resource_id"]) == (job, job)
    today = dt.datetime.now(dt.UTC).date()
    counted = dict(service.system.analytics.rows("SELECT action, count FROM daily_counts"))
    assert counted["job.completed"] >= 1
    assert {str(day) for (day,) in service.system.analytics.rows("SELECT day FROM daily_counts")} <= {
        str(today),
        str(today - dt.timedelta(days=1)),
    }


def test_a_scan_comes_back_as_it_was(person: Person) -> None:
    """The file is stored to the byte, and goes with its document."""
    content = picture("Surname: X")
    document = person.submit(content).raise_for_status().json()["id"]
    kept = person.client.get(f"/documents/{document}/file")
    assert kept.content == content
    person.client.delete(f"/documents/{document}").raise_for_status()

    assert person.client.get(f"/documents/{document}/file").status_code == 404


def test_documents_are_listed_in_pages(person: Person) -> None:
    """Each document is on one page, none on two."""
    made = {person.submit(pdf(), f"{number}.pdf").raise_for_status().json()["id"] for number in range(5)}
    pages = [person.client.get("/documents", params={"limit": 2, "offset": at}).json() for at in (0, 2, 4)]

    assert [len(page) for page in pages] == [2, 2, 1]
    assert {one["id"] for page in pages for one in page} == made


def test_a_removed_user_leaves_the_trail_alone(service: Service) -> None:
    """Documents, jobs and scans go with the user, the token is good no more, the trail stays nameless."""
    with service.person() as person:
        document = person.submit(pdf(), "card.pdf").raise_for_status().json()["id"]
        person.read(document)
        folder = service.system.storage / uuid.UUID(person.id).hex
        assert [*folder.iterdir()]
        person.client.delete("/users/me").raise_for_status()
        assert person.client.get("/users/me").status_code == 401
    trail = _trail_of(service, document)

    assert not folder.exists()
    assert trail == [("document.submitted", None)]


def test_a_phone_is_kept(person: Person) -> None:
    """The column of revision 0003 is used where it is there."""
    assert person.client.put("/users/me/phone", json={"phone": "+44 20 7946 0000"}).status_code == 200

    assert person.client.get("/users/me/phone").json() == {"phone": "+44 20 7946 0000"}


def test_only_a_hash_of_a_password_is_kept(service: Service, person: Person) -> None:
    """The row has an Argon2 hash; neither password nor token is in the log or in an answer about the user."""
    rows = service.system.main.rows("SELECT password_hash FROM users")
    token = person.client.headers["authorization"].removeprefix("Bearer ")
    log = service.log.read_text()

    assert rows
    assert all(kept.startswith("$argon2id$") for (kept,) in rows)
    assert "password" not in person.client.get("/users/me").text
    assert PASSWORD not in log
    assert token not in log


def test_the_probes_say_where_the_schema_stands(service: Service) -> None:
    """At head /health and /ready name the revision and answer 200."""
    with service.client() as client:
        for path in ("/health", "/ready"):
            answer = client.get(path)
            assert (answer.status_code, answer.json()["ready"]) == (200, True)
            assert (answer.json()["status"], answer.json()["schema_version"]) == ("at_head", "0006")


def _trail_of(service: Service, thing: str) -> list[tuple[object, ...]]:
    is_sqlite = service.system.main.engine == "sqlite"
    key = uuid.UUID(thing).hex if is_sqlite else thing
    query = f"SELECT action, user_id FROM audit_logs WHERE resource_id = '{key}' ORDER BY created_at"
    return service.system.main.rows(query)
