"""Rows of revision 001 as they may be found in the wild, for the tests to migrate."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hypothesis import strategies as st
from sqlalchemy import Connection, func, insert, select

from doc_extractor import shape_001

LONG = "ü" * 2500
NOON = datetime(2026, 1, 15, 12, 0, 0)  # noqa: DTZ001 (the tables keep no zone)
EPOCH = datetime(1970, 1, 1, 0, 0, 0)  # noqa: DTZ001
DETAILS = ("file_path", "operation", "result", "error_message", "import_batch_id")


@dataclass(frozen=True, slots=True)
class InitialRows:
    """The rows of each table, ids included."""

    documents: list[dict[str, Any]] = field(default_factory=list)
    hash_index: list[dict[str, Any]] = field(default_factory=list)
    audit_log: list[dict[str, Any]] = field(default_factory=list)
    error_log: list[dict[str, Any]] = field(default_factory=list)

    def insert(self, connection: Connection) -> None:
        """Write them, parents first."""
        tables = (shape_001.documents, shape_001.hash_index, shape_001.audit_log, shape_001.error_log)
        for table in tables:
            for row in getattr(self, table.name):
                connection.execute(insert(table).values(row))
            if connection.dialect.name == "postgresql":
                sequence = func.pg_get_serial_sequence(table.name, "id")
                connection.execute(select(func.setval(sequence, 1000)))


def document(number: int, **values: Any) -> dict[str, Any]:
    """Return a row of documents with nothing in it but what is required and given."""
    row = dict.fromkeys(column.name for column in shape_001.documents.columns)
    return row | {"id": number, "filename": f"{number}.txt"} | values


def event(number: int, **values: Any) -> dict[str, Any]:
    """Return a row of audit_log with nothing in it but what is given."""
    return dict.fromkeys(column.name for column in shape_001.audit_log.columns) | {"id": number} | values


def error(number: int, **values: Any) -> dict[str, Any]:
    """Return a row of error_log with nothing in it but what is given."""
    return dict.fromkeys(column.name for column in shape_001.error_log.columns) | {"id": number} | values


AWKWARD = InitialRows(
    documents=[
        document(
            1, document_type="pdf", page_count=3, content_hash="a" * 64, file_size_bytes=9, import_date=NOON
        ),
        document(2),
        document(3, filename=LONG, content_hash=LONG, source=LONG, document_type=LONG, metadata_json=LONG),
        document(4, content_hash="unhashed:none", source="unknown", import_date=EPOCH, metadata_json="null"),
        document(5, filename="", content_hash="", source="", document_type="", metadata_json=""),
        document(6, document_type="application/pdf", metadata_json='{"page_count": 4,  "a": "\\u0000"}'),
        document(
            7, document_type="application/octet-stream", page_count=5, metadata_json=' {"page_count": 5} '
        ),
        document(8, page_count=5, metadata_json='[{"page_count": 5}]', file_size_bytes=0),
        document(
            9, filename='"\\\t\x1f\u2028', metadata_json='{"page_count": 1e3}', document_type="text/x-py"
        ),
        document(10, metadata_json='{"@head": 1}', page_count=1),
        document(11, metadata_json="12345678901234567890.0", content_hash="unhashed:11"),
        document(12, metadata_json="[" * 3000),
    ],
    hash_index=[
        {"id": 1, "content_hash": "a" * 64, "document_id": 1},
        {"id": 2, "content_hash": LONG, "document_id": 3},
        {"id": 3, "content_hash": "of nothing", "document_id": None},
        {"id": 4, "content_hash": "unhashed:none", "document_id": None},
        {"id": 5, "content_hash": "another", "document_id": 1},
    ],
    audit_log=[
        event(1, timestamp=NOON, event_type="import", document_id=1, file_path="/a", result="success"),
        event(2, timestamp=NOON.replace(hour=13), document_id=1, result="duplicate", import_batch_id="b"),
        event(3),
        event(4, event_type="ingested", document_id=2, **dict.fromkeys(DETAILS, "")),
        event(5, event_type=LONG, timestamp=EPOCH, **dict.fromkeys(DETAILS, LONG)),
        event(6, event_type="weird", error_message='{"@head":[]}', file_path='"\\\n'),
        event(7, event_type="deleted", document_id=3, error_message="null"),
    ],
    error_log=[
        error(
            1,
            timestamp=NOON,
            error_type="E",
            error_message="m",
            context_json='{"file_path": "/a"}',
            resolved=False,
        ),
        error(2),
        error(
            3,
            error_type=LONG,
            error_message=LONG,
            context_json='{"file_path": "' + LONG + '"}',
            resolved=True,
        ),
        error(4, context_json='{"file_path": 5, "file_name": "b"}', resolved=False),
        error(5, error_type="unknown", error_message="", context_json="unknown", timestamp=EPOCH),
        error(6, context_json='{"@head":{"own', resolved=True),
    ],
)

# PostgreSQL stores neither the NUL character nor halves of surrogate pairs; a program that meets
# both engines writes neither.
_words = st.sampled_from(
    [
        "",
        "unknown",
        "import",
        "ingested",
        "duplicate",
        "pdf",
        "text/html",
        "null",
        "{}",
        '{"page_count": 2}',
        "[1]",
        LONG,
    ]
) | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
_maybe = st.none() | _words
_times = st.none() | st.just(EPOCH) | st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))  # noqa: DTZ001
_integers = st.none() | st.integers(0, 2**31 - 1)
_resolved = st.sampled_from([None, True, False])


@st.composite
def initial_rows(draw: st.DrawFn) -> InitialRows:
    """Draw rows that revision 001 allows: any text, any NULL, any reference that holds."""
    hashes = [*draw(st.lists(_words, unique=True, max_size=4)), None, None]
    documents = [
        document(
            number,
            filename=draw(_words),
            document_type=draw(_maybe),
            page_count=draw(_integers),
            content_hash=sha,
            file_size_bytes=draw(_integers),
            import_date=draw(_times),
            source=draw(_maybe),
            metadata_json=draw(_maybe),
        )
        for number, sha in enumerate(hashes, start=1)
    ]
    references = st.none() | st.integers(1, len(documents))
    seen = draw(st.lists(_words, unique=True, max_size=4))
    events = range(1, draw(st.integers(0, 5)) + 1)
    errors = range(1, draw(st.integers(0, 4)) + 1)
    return InitialRows(
        documents=documents,
        hash_index=[
            {"id": number, "content_hash": sha, "document_id": draw(references)}
            for number, sha in enumerate(seen, start=1)
        ],
        audit_log=[
            event(
                number,
                timestamp=draw(_times),
                event_type=draw(_maybe),
                document_id=draw(references),
                **{name: draw(_maybe) for name in DETAILS},
            )
            for number in events
        ],
        error_log=[
            error(
                number,
                timestamp=draw(_times),
                error_type=draw(_maybe),
                error_message=draw(_maybe),
                context_json=draw(_maybe),
                resolved=draw(_resolved),
            )
            for number in errors
        ],
    )
