"""The schema is the document's: each column, type, default, key and rule, and what the rules do."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from app.database import writing
from app.models import AuditLog, IdentityDocument, OCRJob, User
from tests.identity.facts import COLUMNS, KEYS, RULES, VARCHAR, Fact
from tests.identity.project import TABLES, System

_COLUMNS = """
SELECT column_name, data_type, character_maximum_length, is_nullable = 'YES', column_default
FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s ORDER BY ordinal_position
"""
_KEYS = """
SELECT t.table_name, t.constraint_type, k.column_name
FROM information_schema.table_constraints t JOIN information_schema.key_column_usage k USING (constraint_name)
WHERE t.table_schema = 'public'
"""
_RULES = """
SELECT k.table_name, k.column_name, u.table_name, r.delete_rule
FROM information_schema.referential_constraints r
JOIN information_schema.key_column_usage k USING (constraint_name)
JOIN information_schema.constraint_column_usage u USING (constraint_name)
WHERE r.constraint_schema = 'public'
"""

_BREAKING: tuple[tuple[Any, dict[str, Any]], ...] = (
    (User, {"email": "him@example.com", "password_hash": "x"}),
    (User, {"email": "other@example.com"}),
    (IdentityDocument, {"document_type": None}),
    (OCRJob, {"document_id": uuid.uuid4()}),
    (AuditLog, {"action": "x", "user_id": uuid.uuid4()}),
)


def test_revision_0001_makes_the_documents_columns(on_postgresql: System) -> None:
    """Each column has the name, type, length, nullability and default of the document, in its order."""
    on_postgresql.up("0001")
    assert _found(on_postgresql) == COLUMNS


def test_head_adds_the_phone_and_changes_nothing_else(on_postgresql: System) -> None:
    """At head the columns are those of 0001 and ``users.phone``."""
    on_postgresql.up()
    assert _found(on_postgresql) == {**COLUMNS, "users": (*COLUMNS["users"], Fact("phone", VARCHAR, 20))}


@pytest.mark.parametrize("revision", ["0001", "head"])
def test_keys_and_rules_are_the_documents(on_postgresql: System, revision: str) -> None:
    """Keys, and what a deletion does, are those of the document; no other is there."""
    on_postgresql.up(revision)

    assert {*on_postgresql.main.rows(_KEYS)} == KEYS
    assert {*on_postgresql.main.rows(_RULES)} == RULES


def test_the_indexes_have_the_documents_names(system: System) -> None:
    """At head each engine has the same two indexes beside those of the keys."""
    system.up()
    if system.main.engine == "sqlite":
        found = system.main.rows(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'users' AND sql > ''"
        )
    else:
        found = system.main.rows(
            "SELECT indexname FROM pg_indexes WHERE tablename = 'users' AND indexname !~ '_key|_pkey'"
        )

    assert sorted(found) == [("idx_users_email",), ("ix_users_phone",)]


def test_models_and_databases_do_not_differ(system: System) -> None:
    """At head neither ``alembic check`` nor ``limosa check`` finds a difference, in either database."""
    system.up_both()
    system.run("alembic", "check")
    done = system.run("limosa", "--all-names", "check", "--full")

    assert done.stdout.count("passed") == 2


def test_a_row_without_more_than_is_needed_gets_the_defaults(on_postgresql: System) -> None:
    """PostgreSQL itself makes the key, the times, and the values that the document names."""
    on_postgresql.up("0001")
    on_postgresql.main.execute("INSERT INTO users (email, password_hash) VALUES ('a@example.com', 'x')")
    on_postgresql.main.execute("INSERT INTO identity_documents (document_type) VALUES ('passport')")
    on_postgresql.main.execute("INSERT INTO ocr_jobs DEFAULT VALUES")
    rows = on_postgresql.rows()
    made = {table: found[0] for table, found in rows.items() if found}

    assert all(
        isinstance(row["id"], uuid.UUID) and row["created_at"] and row["updated_at"] for row in made.values()
    )
    assert (made["users"]["is_active"], made["users"]["is_verified"]) == (True, False)
    assert (made["identity_documents"]["status"], made["ocr_jobs"]["job_status"]) == ("pending", "pending")


def test_removing_a_user_takes_all_but_the_trail(system: System) -> None:
    """Documents and jobs go with the user; the trail stays and says nobody."""
    system.up()
    ids = _one_of_each(system)
    engine = system.engine()
    with writing(engine) as connection:
        connection.execute(delete(User).where(User.id == ids["users"]))
        left = connection.execute(select(AuditLog.id, AuditLog.user_id, AuditLog.details)).all()
        gone = [connection.execute(select(model.id)).all() for model in (User, IdentityDocument, OCRJob)]
    engine.dispose()

    assert gone == [[], [], []]
    assert [tuple(row) for row in left] == [(ids["audit_logs"], None, {"of": "him"})]


def test_removing_a_document_takes_its_jobs(system: System) -> None:
    """Jobs go with their document; the user stays."""
    system.up()
    ids = _one_of_each(system)
    engine = system.engine()
    with writing(engine) as connection:
        connection.execute(delete(IdentityDocument).where(IdentityDocument.id == ids["identity_documents"]))
        left = [len(connection.execute(select(model.id)).all()) for model in (User, IdentityDocument, OCRJob)]
    engine.dispose()

    assert left == [1, 0, 0]


def test_the_database_refuses_what_breaks_a_rule(system: System) -> None:
    """Uniqueness, required values and foreign keys hold in the database itself."""
    system.up()
    _one_of_each(system)
    engine = system.engine()
    for model, values in _BREAKING:
        with pytest.raises(IntegrityError), writing(engine) as connection:
            connection.execute(insert(model).values(values))
    engine.dispose()


def test_updated_at_is_kept_by_the_database(system: System) -> None:
    """From 0002 on a change by anybody sets updated_at; before, only who says so does."""
    system.up("0001")
    _one_of_each(system)
    old = "2020-01-01 00:00:00"
    moments = []
    for revision in ("0001", "0002"):
        system.up(revision)
        system.main.execute(
            f"UPDATE users SET updated_at = '{old}'", "UPDATE users SET full_name = full_name || 'x'"
        )
        moments.append(str(system.main.rows("SELECT updated_at FROM users")[0][0])[:19])

    assert moments[0] == old
    assert moments[1] > "2026"


def _found(system: System) -> dict[str, tuple[Fact, ...]]:
    return {table: tuple(Fact(*row) for row in system.main.rows(_COLUMNS, (table,))) for table in TABLES}


def _one_of_each(system: System) -> dict[str, uuid.UUID]:
    ids = {table: uuid.uuid4() for table in TABLES}
    mine = {"user_id": ids["users"]}
    rows: list[tuple[Any, dict[str, Any]]] = [
        (User, {"email": "him@example.com", "password_hash": "x", "full_name": "Him"}),
        (IdentityDocument, {"document_type": "passport", **mine}),
        (OCRJob, {"document_id": ids["identity_documents"], **mine}),
        (AuditLog, {"action": "x", "details": {"of": "him"}, "ip_address": "2001:db8::1", **mine}),
    ]
    engine = system.engine()
    with writing(engine) as connection:
        for (model, values), table in zip(rows, TABLES, strict=True):
            connection.execute(insert(model).values(id=ids[table], **values))
        connection.execute(update(User).values(is_active=True))
    engine.dispose()
    return ids
