"""The program does its job on real files, and says so when it cannot."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from pypdf import PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject
from sqlalchemy import event

from doc_extractor import shape_001
from doc_extractor.cli import main
from doc_extractor.database import database_url
from doc_extractor.head_store import HeadStore
from doc_extractor.models import HEAD
from doc_extractor.reading import read, sha256_of
from doc_extractor.store import Batch
from systems.doc_extractor.tests.project import SYSTEM, Project


def call(*words: str, expect: int = 0) -> Result:
    """Run the command in this process."""
    result = CliRunner().invoke(main, [str(word) for word in words], catch_exceptions=False)
    assert result.exit_code == expect, result.output
    return result


def write_pdf(path: Path, words: str) -> None:
    """Write a PDF of one page with the words on it."""
    writer = PdfWriter()
    page = writer.add_blank_page(width=300, height=300)
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    fonts = DictionaryObject({NameObject("/F1"): writer._add_object(font)})  # noqa: SLF001
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    content = DecodedStreamObject()
    content.set_data(f"BT /F1 12 Tf 20 200 Td ({words}) Tj ET".encode())
    page[NameObject("/Contents")] = writer._add_object(content)  # noqa: SLF001
    writer.add_metadata({"/Title": "A letter"})
    with path.open("wb") as file:
        writer.write(file)
    writer.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of real files: of each type, one of them twice, one of them broken."""
    root = tmp_path / "papers"
    (root / "deep" / "er").mkdir(parents=True)
    (root / "notes.txt").write_text("The quick brown fox\0 with 50% off", encoding="utf-8")
    (root / "deep" / "again.txt").write_bytes((root / "notes.txt").read_bytes())
    (root / "latin.txt").write_bytes("Übergröße".encode("latin-1"))
    (root / "readme.md").write_text(
        "# A heading\n\nSome *marked* text\n\n```\ncode()\n```\n", encoding="utf-8"
    )
    page = "<html><title>Page</title><script>hidden()</script><body><p>Seen &amp; read</p></body></html>"
    (root / "deep" / "page.html").write_text(page, encoding="utf-8")
    write_pdf(root / "deep" / "er" / "letter.pdf", "Dear reader")
    (root / "broken.pdf").write_bytes(b"%PDF-1.7 and then nothing")
    (root / "picture.png").write_bytes(b"\x89PNG")
    return root


def documents_by_name(project: Project) -> dict[str, dict[str, object]]:
    """Return the rows of documents by the last part of their name."""
    return {Path(row["file_name"]).name: row for row in project.rows()["documents"]}


def test_files_become_documents(project: Project, folder: Path) -> None:
    """Text, Markdown, HTML and PDF are read; what is met twice is counted; what is broken is recorded."""
    project.up()

    assert "5 new, 1 duplicate, 1 failed" in call("ingest", str(folder)).output
    found = documents_by_name(project)
    assert "picture.png" not in found
    letter = found["letter.pdf"]
    assert letter["document_text"] == "Dear reader"
    assert letter["file_hash"] == sha256_of(folder / "deep" / "er" / "letter.pdf")
    assert letter["file_type"] == "application/pdf"
    details = letter["metadata_extracted"]
    assert (json.loads(details) if isinstance(details, str) else details) == {
        "title": "A letter",
        "page_count": 1,
        "characters": 11,
    }
    assert found["readme.md"]["document_text"] == "A heading\nSome marked text\ncode()\n"
    assert found["page.html"]["document_text"] == "Page\nSeen & read"
    assert found["latin.txt"]["document_text"] == "Übergröße"
    assert found["broken.pdf"]["ingestion_status"] == "failed"
    assert found["broken.pdf"]["error_message"]
    assert [row["action"] for row in project.rows()["audit_log"]].count("error") == 1


def test_duplicates_are_counted_with_first_and_last_sight(project: Project, folder: Path) -> None:
    """Each further meeting raises the count and moves last_seen; first_seen and the document stay."""
    project.up()
    call("ingest", str(folder))
    sha = sha256_of(folder / "notes.txt")
    first = next(row for row in project.rows()["hash_index"] if row["file_hash"] == sha)
    call("ingest", str(folder))
    second = next(row for row in project.rows()["hash_index"] if row["file_hash"] == sha)

    assert (first["duplicate_count"], second["duplicate_count"]) == (1, 3)
    assert second["first_seen"] == first["first_seen"]
    assert second["last_seen"] > first["last_seen"]
    assert len(project.rows()["documents"]) == 6


def test_a_duplicate_costs_one_query(on_sqlite: Project, folder: Path) -> None:
    """Whether a content is known is asked once, of hash_index."""
    on_sqlite.up()
    call("ingest", str(folder))
    asked: list[str] = []
    event.listen(on_sqlite.engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
    with on_sqlite.engine.connect() as connection:
        found = HeadStore(Batch(actor="ada")).find(connection, sha256_of(folder / "notes.txt"))

    assert found is not None
    assert len(asked) == 1
    assert "hash_index" in asked[0]
    assert "documents" not in asked[0]


def test_failures_are_retried_and_resolved(project: Project, folder: Path) -> None:
    """A retry that fails is noted; once the file can be read, its document is whole and the error closed."""
    project.up()
    call("ingest", str(folder), str(folder / "missing.txt"))
    assert "0 resolved, 2 failed again" in call("retry").output
    assert documents_by_name(project)["broken.pdf"]["ingestion_status"] == "retry"
    assert all(row["retry_attempted"] for row in project.rows()["error_log"])
    write_pdf(folder / "broken.pdf", "Mended")
    (folder / "missing.txt").write_text("found", encoding="utf-8")

    assert "2 resolved, 0 failed again" in call("retry").output
    mended = documents_by_name(project)["broken.pdf"]
    assert (mended["ingestion_status"], mended["document_text"], mended["error_message"]) == (
        "success",
        "Mended",
        None,
    )
    assert mended["file_hash"] == sha256_of(folder / "broken.pdf")
    assert documents_by_name(project)["missing.txt"]["document_text"] == "found"
    assert all(row["resolution_notes"] for row in project.rows()["error_log"])
    assert "0 resolved, 0 failed again" in call("retry").output
    assert "1 duplicate" in call("ingest", str(folder / "broken.pdf")).output


def test_what_cannot_be_opened_has_an_event_but_no_document(project: Project, tmp_path: Path) -> None:
    """Without bytes there is no hash, so there is no document; the trail and the error log tell."""
    project.up()
    call("ingest", str(tmp_path / "nowhere.txt"))

    rows = project.rows()
    assert rows["documents"] == rows["hash_index"] == []
    assert [row["document_id"] for row in rows["audit_log"]] == [0]
    assert [row["error_type"] for row in rows["error_log"]] == ["FileNotFoundError"]


def test_search_finds_words(project: Project, folder: Path) -> None:
    """Words are found whatever their case, and what LIKE takes for a wildcard is only a character."""
    project.up()
    call("ingest", str(folder))

    hits = json.loads(call("search", "QUICK brown", "--json").stdout)
    assert [Path(hit["file_name"]).name for hit in hits] == ["again.txt"] or [
        Path(hit["file_name"]).name for hit in hits
    ] == ["notes.txt"]
    assert "quick brown fox" in hits[0]["excerpt"]
    assert json.loads(call("search", "50%", "--json").stdout) == hits
    assert json.loads(call("search", "5_%", "--json").stdout) == []
    assert "Dear reader" in call("search", "dear").stdout


def test_stats_count(project: Project, folder: Path) -> None:
    """The numbers are those of the rows."""
    project.up()
    call("ingest", str(folder))

    found = json.loads(call("stats", "--json").stdout)
    assert found["documents"] == 6
    assert found["by_status"] == {"success": 5, "failed": 1}
    assert found["by_type"]["application/pdf"] == 2
    assert (found["duplicates"], found["open_errors"]) == (1, 1)
    assert "6 documents" in call("stats").stdout


@pytest.mark.parametrize("words", [("ingest", "."), ("retry",), ("search", "x"), ("stats",)])
def test_another_revision_is_refused_in_a_sentence(project: Project, words: tuple[str, ...]) -> None:
    """On an empty database and on an older revision every command says what is wrong and what to do."""
    assert "the database is empty" in call(*words, expect=1).stderr
    project.up("004")

    result = call(*words, expect=1)
    assert "the database is at revision 004, and this program works on revision 007" in result.stderr
    assert "limosa upgrade head" in result.stderr


def test_the_first_shape_can_be_filled(project: Project, folder: Path) -> None:
    """Ingesting at revision 001 writes its tables, and head makes documents of them."""
    project.up("001")

    assert "5 new, 1 duplicate, 1 failed" in call("ingest", "--shape", "001", str(folder)).output
    rows = project.rows()
    assert {row["document_type"] for row in rows["documents"]} == {"text", "markdown", "html", "pdf"}
    assert [row["result"] for row in rows["audit_log"]].count("duplicate") == 1
    project.up()
    call("ingest", str(folder))
    found = json.loads(call("stats", "--json").stdout)
    assert (found["documents"], found["duplicates"], found["open_errors"]) == (6, 7, 2)
    assert "Dear reader" in call("search", "dear").stdout


def test_the_program_knows_the_newest_revision() -> None:
    """The revision the program asks for is the newest one there is."""
    names = sorted(path.name for path in (SYSTEM / "migrations" / "versions").glob("*.py"))

    assert names[-1].partition("_")[0] == HEAD
    assert shape_001.InitialStore.revision == names[0].partition("_")[0]


def test_the_default_database_is_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without DATABASE_URL the file lies in the home directory, in a folder only its owner can open."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    url = database_url()

    assert url.database == str(tmp_path / ".doc_extractor" / "metadata.db")
    assert stat.S_IMODE((tmp_path / ".doc_extractor").stat().st_mode) == 0o700


def test_a_name_that_is_no_utf8_can_be_stored(project: Project, tmp_path: Path) -> None:
    """A file name of any bytes is taken in, its odd bytes written as escapes."""
    project.up()
    odd = tmp_path / "caf\udce9.txt"
    odd.write_text("coffee", encoding="utf-8")
    assert read(odd).name.endswith("caf\\xe9.txt")

    assert "1 new" in call("ingest", str(tmp_path)).output
