"""Fill the operations guide's columns from the old ones, and the old ones from the guide's.

Backfill, in both directions and in sets, never row by row. The upgrade computes each new column
from the old; where computing it back would not give the old value again, that value is kept in
`carried`. Events and hashes that concern no document are tied to one placeholder document, for
the guide requires a document of each. The downgrade computes the old columns; what a row has said
since and no old column can hold goes, under the reserved key "@head", into the free text the old
shape does have: metadata_json, error_message and context_json. The next upgrade takes it from there.

Revision ID: 003
Revises: 002
Create Date: 2026-01-15 10:31:00.000000
"""

# ruff: noqa: S608  (every statement is made of this file's own constants)
# One long file, and none beside it: a revision is read, checked and kept as a whole.

from collections.abc import Callable

from alembic import op

revision = "003"
down_revision = "002"
branch_labels = None
depends_on = None

EPOCH = "'1970-01-01 00:00:00'"
PLACEHOLDER_HASH = "'unhashed:none'"
PLACEHOLDER = f"(SELECT p.id FROM documents AS p WHERE p.file_hash = {PLACEHOLDER_HASH})"
ENVELOPE = """'{"@head":{"own":'"""
ACTIONS = "('ingested', 'updated', 'deleted', 'classified', 'tagged', 'error')"
RESOLVED = "'resolved before revision 003'"
MIME_TYPES = {
    "pdf": "application/pdf",
    "text": "text/plain",
    "markdown": "text/markdown",
    "html": "text/html",
}
EVENT_DETAILS = ("file_path", "operation", "result", "import_batch_id", "error_message")

# PostgreSQL learned to test text for JSON only in version 16; these last as long as the session.
POSTGRESQL_FUNCTIONS = {
    "json_kind(doc text) RETURNS text": "RETURN json_typeof(doc\\:\\:json);",
    "json_string(doc text, member text) RETURNS text": """
        IF json_typeof(doc\\:\\:json -> member) = 'string' THEN RETURN doc\\:\\:json ->> member; END IF;
        RETURN NULL;""",
    "json_count(doc text, member text) RETURNS integer": """
        IF json_typeof(doc\\:\\:json -> member) = 'number' THEN
            RETURN CAST(doc\\:\\:json ->> member AS integer);
        END IF;
        RETURN NULL;""",
}


def upgrade() -> None:
    """Compute the guide's columns; documents first, the others look at them."""
    _create_functions()
    op.execute(documents_forward())
    op.execute(placeholder_forward())
    op.execute(hash_index_forward())
    op.execute(audit_log_forward())
    op.execute(error_log_forward())
    _drop_functions()


def downgrade() -> None:
    """Compute the old columns; the audit trail first, duplicates are counted in it."""
    _create_functions()
    op.execute(audit_log_backward())
    op.execute(error_log_backward())
    op.execute(documents_backward())
    op.execute(hash_index_backward())
    op.execute(f"DELETE FROM documents WHERE file_hash = {PLACEHOLDER_HASH}")
    _drop_functions()


# --- what the two engines say differently ------------------------------------------------------


def _is_sqlite() -> bool:
    return op.get_context().dialect.name == "sqlite"


def _create_functions() -> None:
    if not _is_sqlite():
        for signature, body in POSTGRESQL_FUNCTIONS.items():
            op.execute(
                f"CREATE FUNCTION pg_temp.{signature} LANGUAGE plpgsql AS $$ BEGIN {body} "
                "EXCEPTION WHEN data_exception OR program_limit_exceeded THEN RETURN NULL; END $$"
            )


def _drop_functions() -> None:
    if not _is_sqlite():
        for signature in POSTGRESQL_FUNCTIONS:
            op.execute(f"DROP FUNCTION pg_temp.{signature.partition('(')[0]}")


def json_kind(text: str) -> str:
    """Return the JSON type of a text, or NULL where it is not JSON."""
    return (
        f"CASE WHEN json_valid({text}) THEN json_type({text}) END"
        if _is_sqlite()
        else f"pg_temp.json_kind({text})"
    )


def json_string(text: str, member: str) -> str:
    """Return a member of an object in a text, where it is all that and the member a string."""
    if _is_sqlite():
        path = f"{text}, '$.{member}'"
        return f"CASE WHEN json_valid({text}) AND json_type({path}) = 'text' THEN json_extract({path}) END"
    return f"pg_temp.json_string({text}, '{member}')"


def json_count(text: str, member: str) -> str:
    """Return a member of an object in a text, where it is all that and the member a whole number."""
    if _is_sqlite():
        path = f"{text}, '$.{member}'"
        return (
            f"CASE WHEN json_valid({text}) AND json_type({path}) = 'integer' "
            f"AND abs(json_extract({path}) / 2) < 1073741824 THEN json_extract({path}) END"
        )
    return f"pg_temp.json_count({text}, '{member}')"


def quoted(text: str) -> str:
    """Return a text as a JSON string, or ``null``."""
    return f"json_quote({text})" if _is_sqlite() else f"COALESCE(CAST(to_json({text}) AS TEXT), 'null')"


def number(value: str) -> str:
    """Return an integer as JSON, or ``null``."""
    return f"COALESCE(CAST({value} AS TEXT), 'null')"


def to_json(text: str) -> str:
    """Return a text as the JSON column stores it; SQLite stores the text, byte for byte."""
    return text if _is_sqlite() else f"CAST({text} AS JSON)"


def to_text(column: str) -> str:
    """Return the text of a JSON or timestamp column."""
    return f"CAST({column} AS TEXT)"


def to_time(text: str) -> str:
    """Return a text as a timestamp column stores it."""
    return text if _is_sqlite() else f"CAST({text} AS TIMESTAMP)"


def gathered(text: str) -> str:
    """Join the texts of a group with commas."""
    return f"group_concat({text}, ',')" if _is_sqlite() else f"string_agg({text}, ',')"


# --- carrying a value in JSON, and taking it out again -----------------------------------------


def members(*parts: tuple[str, str, str]) -> str:
    """Return SQL for ``,"name":value`` of each (name, value, condition) whose condition holds."""
    return " || ".join(
        f"""CASE WHEN {when} THEN ',"{name}":' || {value} ELSE '' END""" for name, value, when in parts
    )


def object_of(*parts: tuple[str, str, str]) -> str:
    """Return SQL for an object of the members whose condition holds; NULL if there is none."""
    return f"NULLIF('{{' || substr({members(*parts)}, 2) || '}}', '{{}}')"


def differs(left: str, right: str) -> str:
    """Compare, taking NULL for a value."""
    return f"({left}) IS DISTINCT FROM ({right})"


def restored(name: str, column: str, forward: Callable[[str], str], backward: str | None = None) -> str:
    """Return the carried value where the column still says what was made of it, else the column's own."""
    carried = f"carried ->> '{name}'"
    return (
        f"CASE WHEN carried -> '{name}' IS NOT NULL AND {forward(f'({carried})')} = {column} "
        f"THEN {carried} ELSE {backward or column} END"
    )


def null_again(name: str, column: str, default: str) -> str:
    """Return NULL where that is what was carried and the column still says the default."""
    return f"CASE WHEN carried -> '{name}' IS NOT NULL AND {column} = {default} THEN NULL ELSE {column} END"


def is_wrapped(column: str) -> str:
    """Say whether an old free-text column holds the envelope of a downgrade."""
    return f"substr({column}, 1, 16) = {ENVELOPE} AND {json_kind(column)} = 'object'"


def unwrapped(column: str) -> str:
    """Return SQL for two columns: `own`, the text itself, and `head`, the envelope or NULL."""
    inside = f"{to_json(column)} -> '@head'"
    return (
        f"CASE WHEN {is_wrapped(column)} THEN {inside} ->> 'own' ELSE {column} END AS own, "
        f"CASE WHEN {is_wrapped(column)} THEN {inside} END AS head"
    )


def wrapped(own: str, *parts: tuple[str, str, str]) -> str:
    """Return the text itself, or in an envelope with the members where there are any."""
    anything = " OR ".join(f"({when})" for _, _, when in parts)
    return (
        f"CASE WHEN {anything} THEN {ENVELOPE} || {quoted(own)} || {members(*parts)} || '}}}}' ELSE {own} END"
    )


# --- what becomes of each value ----------------------------------------------------------------


def shortened(text: str, length: int, default: str) -> str:
    """Cut a text to what its new column holds; NULL becomes the default."""
    return f"substr(COALESCE({text}, '{default}'), 1, {length})"


def file_name(text: str) -> str:
    return shortened(text, 500, "")


def source(text: str) -> str:
    return shortened(text, 255, "unknown")


def file_hash(text: str) -> str:
    """Keep what may be a hash; mark what is missing or cannot be one. No hash has a colon in it."""
    bad = f"length({text}) > 64 OR substr({text}, 1, 9) = 'unhashed:'"
    return f"CASE WHEN {text} IS NULL OR {bad} THEN 'unhashed:' || CAST(id AS TEXT) ELSE {text} END"


def file_type(text: str) -> str:
    """Name the MIME type of an old document type."""
    known = " ".join(f"WHEN {text} = '{name}' THEN '{mime}'" for name, mime in MIME_TYPES.items())
    is_mime = f"{text} LIKE '%_/_%' AND length({text}) <= 50"
    return f"CASE {known} WHEN {is_mime} THEN {text} ELSE 'application/octet-stream' END"


def document_type(text: str) -> str:
    """Name the old document type of a MIME type."""
    known = " ".join(f"WHEN '{mime}' THEN '{name}'" for name, mime in MIME_TYPES.items())
    return f"CASE {text} {known} WHEN 'application/octet-stream' THEN NULL ELSE {text} END"


def action(event: str, error: str) -> str:
    """Name the guide's action for an old event type."""
    return (
        f"CASE WHEN {event} = 'import' THEN 'ingested' WHEN {event} IN {ACTIONS} THEN {event} "
        f"WHEN {error} IS NOT NULL THEN 'error' ELSE 'updated' END"
    )


def event_type(text: str) -> str:
    return f"CASE {text} WHEN 'ingested' THEN 'import' ELSE {text} END"


def details(*columns: str) -> str:
    """Gather what the old trail kept in columns of their own into one JSON value."""
    pairs = zip(EVENT_DETAILS, columns, strict=True)
    return object_of(*((name, quoted(column), f"{column} IS NOT NULL") for name, column in pairs))


def named_file(context: str) -> str:
    """Take the file's name from the old error context."""
    found = f"COALESCE({json_string(context, 'file_path')}, {json_string(context, 'file_name')})"
    return shortened(found, 500, "unknown")


def context(name: str) -> str:
    """Return the plainest old context that names the file."""
    return f"""CASE WHEN {name} <> 'unknown' THEN '{{"file_path": ' || {quoted(name)} || '}}' END"""


def time(column: str) -> str:
    """A missing time becomes the epoch, which nobody takes for a real one."""
    return f"COALESCE({column}, {to_time(EPOCH)})"


# --- the statements ----------------------------------------------------------------------------


def documents_forward() -> str:
    object_kinds = "('object', 'array')"
    carried = object_of(
        ("filename", quoted("filename"), differs("filename", file_name("filename"))),
        (
            "document_type",
            quoted("document_type"),
            differs("document_type", document_type(f"({file_type('document_type')})")),
        ),
        ("page_count", number("page_count"), differs("page_count", "s.counted")),
        ("content_hash", quoted("content_hash"), differs("content_hash", file_hash("content_hash"))),
        ("file_size_bytes", "'null'", "file_size_bytes IS NULL"),
        ("import_date", "'null'", "import_date IS NULL"),
        ("source", quoted("source"), differs("source", source("source"))),
        ("metadata_json", quoted("s.own"), "s.own IS NOT NULL AND s.structured IS NULL"),
    )
    return f"""
        UPDATE documents SET
            file_name = {file_name("filename")},
            file_size_bytes = COALESCE(file_size_bytes, 0),
            file_hash = {file_hash("content_hash")},
            file_type = {file_type("document_type")},
            ingestion_source = {source("source")},
            ingestion_timestamp = {time("import_date")},
            document_text = s.head ->> 'document_text',
            metadata_extracted = {to_json("COALESCE(s.head ->> 'metadata_extracted', s.structured)")},
            ingestion_status = COALESCE(s.head ->> 'ingestion_status', 'success'),
            error_message = s.head ->> 'error_message',
            created_at = COALESCE({to_time("s.head ->> 'created_at'")}, {time("import_date")}),
            updated_at = COALESCE({to_time("s.head ->> 'updated_at'")}, {time("import_date")}),
            carried = {to_json(carried)}
        FROM (
            SELECT u.*, {json_count("u.own", "page_count")} AS counted,
                CASE WHEN {json_kind("u.own")} IN {object_kinds} THEN u.own END AS structured
            FROM (SELECT id AS document, {unwrapped("metadata_json")} FROM documents) AS u
        ) AS s
        WHERE s.document = documents.id"""


def placeholder_forward() -> str:
    """Add the placeholder, only where something needs it; ids begin at 1, so it takes 0 or less."""
    lost = "document_id IS NULL OR document_id NOT IN (SELECT id FROM documents)"
    return f"""
        INSERT INTO documents (
            id, filename, file_name, file_size_bytes, file_hash, file_type, ingestion_source, import_date,
            ingestion_timestamp, ingestion_status, error_message, created_at, updated_at
        )
        SELECT CASE WHEN d.lowest < 1 THEN d.lowest - 1 ELSE 0 END, '(no document)', '(no document)', 0,
            {PLACEHOLDER_HASH}, 'application/octet-stream', 'migration', NULL, {to_time(EPOCH)}, 'failed',
            'stands for what concerns no document', {to_time(EPOCH)}, {to_time(EPOCH)}
        FROM (SELECT MIN(id) AS lowest FROM documents) AS d
        WHERE EXISTS (SELECT 1 FROM hash_index WHERE {lost})
            OR EXISTS (SELECT 1 FROM audit_log WHERE {lost})"""


def sightings() -> str:
    """Return, for each hash, when its document came, and what the trail says of duplicates since."""
    return f"""
        SELECT h.id AS hash, d.id AS document, {time("d.ingestion_timestamp")} AS first_seen,
            COALESCE(a.duplicates, 0) AS duplicates,
            CASE WHEN a.latest > d.ingestion_timestamp THEN a.latest
                ELSE {time("d.ingestion_timestamp")} END AS last_seen
        FROM hash_index AS h
        LEFT JOIN documents AS d ON d.id = h.document_id
        LEFT JOIN (
            SELECT document_id, COUNT(*) AS duplicates, MAX(timestamp) AS latest
            FROM audit_log WHERE result = 'duplicate' GROUP BY document_id
        ) AS a ON a.document_id = d.id"""


def hash_index_forward() -> str:
    head = f"CASE WHEN {is_wrapped('w.metadata_json')} THEN {to_json('w.metadata_json')} -> '@head' END"
    carried = object_of(
        ("content_hash", quoted("content_hash"), differs("content_hash", file_hash("content_hash"))),
        ("document_id", number("document_id"), "document_id IS NOT NULL AND s.document IS NULL"),
    )
    return f"""
        UPDATE hash_index SET
            file_hash = {file_hash("content_hash")},
            document_id = COALESCE(s.document, {PLACEHOLDER}),
            first_seen = COALESCE({to_time("s.seen ->> 'first_seen'")}, s.first_seen),
            duplicate_count = COALESCE(CAST(s.seen ->> 'duplicate_count' AS INTEGER), s.duplicates),
            last_seen = COALESCE({to_time("s.seen ->> 'last_seen'")}, s.last_seen),
            carried = {to_json(carried)}
        FROM (
            SELECT t.*, ({head}) -> 'hash_index' -> ('h' || CAST(t.hash AS TEXT)) AS seen
            FROM ({sightings()}) AS t LEFT JOIN documents AS w ON w.id = t.document
        ) AS s
        WHERE s.hash = hash_index.id"""


def audit_log_forward() -> str:
    found = details("file_path", "operation", "result", "import_batch_id", "s.own")
    new_value = f"CASE WHEN s.head -> 'new_value' IS NULL THEN {found} ELSE s.head ->> 'new_value' END"
    again = event_type(f"({action('event_type', 's.own')})")
    carried = object_of(
        (
            "event_type",
            quoted("event_type"),
            f"s.head ->> 'action' IS NULL AND {differs('event_type', again)}",
        ),
        ("timestamp", "'null'", "timestamp IS NULL"),
        ("document_id", "COALESCE(s.head ->> 'document_id', CAST(document_id AS TEXT))", "s.stray"),
        ("recorded_by", quoted("s.head ->> 'recorded_by'"), "s.head ->> 'recorded_by' IS NOT NULL"),
    )
    return f"""
        UPDATE audit_log SET
            document_id = COALESCE(s.document, {PLACEHOLDER}),
            action = COALESCE(s.head ->> 'action', {action("event_type", "s.own")}),
            action_timestamp = {time("timestamp")},
            user_or_system = COALESCE(s.head ->> 'user_or_system', 'system'),
            old_value = {to_json("s.head ->> 'old_value'")},
            new_value = {to_json(new_value)},
            change_reason = s.head ->> 'change_reason',
            carried = {to_json(carried)}
        FROM (
            SELECT u.*, d.id AS document,
                d.id IS NULL AND (u.given IS NOT NULL OR u.head ->> 'document_id' IS NOT NULL) AS stray
            FROM (SELECT id AS event, document_id AS given, {unwrapped("error_message")} FROM audit_log) AS u
            LEFT JOIN documents AS d ON d.id = u.given
        ) AS s
        WHERE s.event = audit_log.id"""


def error_log_forward() -> str:
    carried = object_of(
        ("context_json", quoted("s.own"), differs("s.own", context(f"({named_file('s.own')})"))),
        ("error_type", quoted("error_type"), differs("error_type", shortened("error_type", 100, "unknown"))),
        (
            "error_message",
            quoted("error_message"),
            differs("error_message", shortened("error_message", 2000, "")),
        ),
        ("timestamp", "'null'", "timestamp IS NULL"),
        ("resolved", "'null'", "resolved IS NULL"),
    )
    return f"""
        UPDATE error_log SET
            file_name = {named_file("s.own")},
            error_type = {shortened("error_type", 100, "unknown")},
            error_message = {shortened("error_message", 2000, "")},
            error_timestamp = {time("timestamp")},
            retry_attempted = s.head ->> 'retry_attempted' IS NOT NULL,
            resolution_notes = COALESCE(
                s.head ->> 'resolution_notes', CASE WHEN resolved THEN {RESOLVED} END
            ),
            carried = {to_json(carried)}
        FROM (SELECT id AS error, {unwrapped("context_json")} FROM error_log) AS s
        WHERE s.error = error_log.id"""


def documents_backward() -> str:
    """Write the old columns; what each hash was seen as goes into its document's envelope."""
    text = to_text("d.metadata_extracted")
    own = (
        "CASE WHEN d.metadata_extracted IS NULL THEN d.carried ->> 'metadata_json' "
        f"WHEN {json_kind(text)} IN ('object', 'array') THEN {text} END"
    )
    seen = ("first_seen", "duplicate_count", "last_seen")
    entry = object_of(
        ("first_seen", quoted(to_text("h.first_seen")), "TRUE"),
        ("duplicate_count", number("h.duplicate_count"), "TRUE"),
        ("last_seen", quoted(to_text("h.last_seen")), "TRUE"),
    )
    named_entry = f"""'"h' || CAST(h.id AS TEXT) || '":' || {entry}"""
    changed = " OR ".join(
        differs(f"h.{column}", f"t.{expected}")
        for column, expected in zip(seen, ("first_seen", "duplicates", "last_seen"), strict=True)
    )
    envelope = wrapped(
        "s.own",
        ("document_text", quoted("document_text"), "document_text IS NOT NULL"),
        (
            "metadata_extracted",
            quoted(to_text("metadata_extracted")),
            "metadata_extracted IS NOT NULL AND s.own IS NULL",
        ),
        ("ingestion_status", quoted("ingestion_status"), "ingestion_status <> 'success'"),
        ("error_message", quoted("error_message"), "error_message IS NOT NULL"),
        ("created_at", quoted(to_text("created_at")), "created_at <> ingestion_timestamp"),
        ("updated_at", quoted(to_text("updated_at")), "updated_at <> ingestion_timestamp"),
        ("hash_index", "'{' || s.seen || '}'", "s.seen IS NOT NULL"),
    )
    return f"""
        UPDATE documents SET
            filename = {restored("filename", "file_name", file_name)},
            document_type = {restored("document_type", "file_type", file_type, document_type("file_type"))},
            page_count = CASE WHEN carried -> 'page_count' IS NOT NULL
                THEN CAST(carried ->> 'page_count' AS INTEGER) ELSE {json_count("s.own", "page_count")} END,
            content_hash = {restored("content_hash", "file_hash", file_hash)},
            file_size_bytes = {null_again("file_size_bytes", "file_size_bytes", "0")},
            import_date = {null_again("import_date", "ingestion_timestamp", to_time(EPOCH))},
            source = {restored("source", "ingestion_source", source)},
            metadata_json = {envelope}
        FROM (
            SELECT d.id AS document, {own} AS own, x.seen
            FROM documents AS d LEFT JOIN (
                SELECT h.document_id, {gathered(named_entry)} AS seen
                FROM hash_index AS h JOIN ({sightings()}) AS t ON t.hash = h.id
                WHERE {changed} GROUP BY h.document_id
            ) AS x ON x.document_id = d.id
        ) AS s
        WHERE s.document = documents.id AND file_name IS NOT NULL AND file_hash <> {PLACEHOLDER_HASH}"""


def hash_index_backward() -> str:
    return f"""
        UPDATE hash_index SET
            content_hash = {restored("content_hash", "file_hash", file_hash)},
            document_id = CASE WHEN document_id = {PLACEHOLDER} THEN NULL ELSE document_id END
        WHERE file_hash IS NOT NULL"""


def audit_log_backward() -> str:
    text = to_text("new_value")
    found = ", ".join(f"{json_string(text, name)} AS {name}" for name in EVENT_DETAILS)
    event = restored(
        "event_type", "action", lambda carried: action(carried, "s.error_message"), event_type("action")
    )
    envelope = wrapped(
        "s.error_message",
        ("action", quoted("action"), differs("action", action(f"({event})", "s.error_message"))),
        ("user_or_system", quoted("user_or_system"), "user_or_system <> 'system'"),
        ("old_value", quoted(to_text("old_value")), "old_value IS NOT NULL"),
        ("new_value", quoted(text), differs(text, details(*(f"s.{name}" for name in EVENT_DETAILS)))),
        ("change_reason", quoted("change_reason"), "change_reason IS NOT NULL"),
        ("recorded_by", quoted("carried ->> 'recorded_by'"), "carried -> 'recorded_by' IS NOT NULL"),
        (
            "document_id",
            "(carried ->> 'document_id')",
            f"carried -> 'document_id' IS NOT NULL AND document_id = {PLACEHOLDER}",
        ),
    )
    return f"""
        UPDATE audit_log SET
            timestamp = {null_again("timestamp", "action_timestamp", to_time(EPOCH))},
            event_type = {event},
            document_id = CASE WHEN document_id = {PLACEHOLDER} THEN NULL ELSE document_id END,
            file_path = s.file_path,
            operation = s.operation,
            result = s.result,
            import_batch_id = s.import_batch_id,
            error_message = {envelope}
        FROM (SELECT id AS event, {found} FROM audit_log) AS s
        WHERE s.event = audit_log.id AND action IS NOT NULL"""


def error_log_backward() -> str:
    own = restored("context_json", "file_name", named_file, context("file_name"))
    message = restored("error_message", "error_message", lambda text: shortened(text, 2000, ""))
    envelope = wrapped(
        own,
        ("retry_attempted", "'1'", "retry_attempted"),
        ("resolution_notes", quoted("resolution_notes"), f"resolution_notes <> {RESOLVED}"),
    )
    return f"""
        UPDATE error_log SET
            timestamp = {null_again("timestamp", "error_timestamp", to_time(EPOCH))},
            error_type = {restored("error_type", "error_type", lambda text: shortened(text, 100, "unknown"))},
            error_message = {message},
            context_json = {envelope},
            resolved = CASE WHEN resolution_notes IS NOT NULL THEN TRUE
                WHEN carried -> 'resolved' IS NULL THEN FALSE END
        WHERE file_name IS NOT NULL"""
