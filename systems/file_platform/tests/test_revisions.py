"""The revisions: forward, back, again, and what becomes of the data on the way."""

from __future__ import annotations

import sys
import uuid

from systems.file_platform.tests.system import Served, System, upload

TABLES = {"tenants", "files", "extraction_results"}
INDEXES = {
    "tenants": {"code", "api_key_hash", "is_active", "created_at"},
    "files": {"tenant_id", "tenant_code", "file_hash", "status", "uploaded_at", "tenant_id_mime_type"},
    "extraction_results": {"file_id", "tenant_id", "status", "extraction_type", "created_at"},
}
FIRST_SHAPE = (
    "id",
    "tenant_id",
    "tenant_code",
    "original_filename",
    "file_path",
    "file_size",
    "file_hash",
    "mime_type",
    "status",
    "uploaded_at",
)
DECLARED = {
    "Text/HTML; charset=UTF-8": "text/html",
    "text/plain": "text/plain",
    "TEXT/MARKDOWN": "text/markdown",
    "application/pdf ; x=1": "application/pdf",
}


def tables(system: System) -> set[str]:
    """Return the tables that are not bookkeeping."""
    return {name for name in system.target.tables() if not name.startswith(("limosa", "alembic_version"))}


def fill(system: System, many: int = 200) -> None:
    """Write a tenant and files as their clients have declared them, at whatever revision this is."""
    tenant, mark = uuid.uuid4(), "%s" if system.target.engine == "postgresql" else "?"
    key = str(tenant) if system.target.engine == "postgresql" else tenant.hex
    system.target.execute(
        "INSERT INTO tenants (id, code, name, api_key_hash, storage_quota_bytes, file_count_limit) "
        f"VALUES ('{key}', 'c{tenant.hex}', 'N', '{tenant.hex}', 1000, 1000)"
    )
    types = list(DECLARED)
    with system.target.connect(autocommit=False) as connection:
        for number in range(many):
            file = uuid.uuid4()
            values = (
                str(file) if system.target.engine == "postgresql" else file.hex,
                key,
                f"{number}.txt",
                f"{tenant}/{file}",
                number,
                f"{number:064x}",
                types[number % len(types)],
            )
            connection.execute(
                "INSERT INTO files (id, tenant_id, tenant_code, original_filename, file_path, file_size, "
                f"file_hash, mime_type) VALUES ({mark}, {mark}, 'c', {mark}, {mark}, {mark}, {mark}, {mark})",
                values,
            )
        connection.commit()


def test_a_round_trip_leaves_nothing_and_can_be_made_again(everywhere: System) -> None:
    """Up makes the three tables, down takes all of it away, and the second time is like the first."""
    everywhere.up()
    assert tables(everywhere) == TABLES
    everywhere.down("base")
    assert tables(everywhere) == set()
    everywhere.up()
    assert tables(everywhere) == TABLES


def test_every_index_of_the_document_is_there(at_head: System) -> None:
    """Each table has the indexes that are named for it, the code's is unique, and keys cascade."""
    if at_head.target.engine == "postgresql":
        found = at_head.target.rows("SELECT tablename, indexname, indexdef FROM pg_indexes")
        cascades = at_head.target.rows("SELECT conname FROM pg_constraint WHERE confdeltype = 'c'")
    else:
        found = at_head.target.rows(
            "SELECT tbl_name, name, coalesce(sql, '') FROM sqlite_master WHERE type = 'index'"
        )
        cascades = at_head.target.rows("SELECT name FROM sqlite_master WHERE sql LIKE '%ON DELETE CASCADE%'")
    names = {table: {name for of, name, _ in found if of == table} for table in TABLES}
    for table, columns in INDEXES.items():
        assert {f"ix_{table}_{column}" for column in columns} <= names[table]
    unique = {name for _, name, sql in found if "UNIQUE" in sql}
    assert "ix_tenants_code" in unique
    assert len(cascades) == (3 if at_head.target.engine == "postgresql" else 2)


def test_models_and_revisions_agree(at_head: System) -> None:
    """There is no difference between the models and the migrated database."""
    at_head.run("limosa", "check")
    at_head.run("limosa", "verify")


def test_plain_alembic_takes_it_up_and_down(system: System) -> None:
    """The alembic command and python -m alembic work in the folder, though it has a folder of that name."""
    system.run("alembic", "upgrade", "head")
    system.run("alembic", "check")
    system.run(sys.executable, "-m", "alembic", "downgrade", "0002")
    current = system.run("alembic", "current").stdout
    system.run("alembic", "downgrade", "base")

    assert "0002" in current
    assert tables(system) == set()


def test_a_script_is_written_without_a_database(system: System) -> None:
    """The whole way up can be written as SQL, the batches and the policies of PostgreSQL included."""
    script = system.run("alembic", "upgrade", "head", "--sql").stdout

    assert script.count("UPDATE files") >= 32
    assert ("FORCE ROW LEVEL SECURITY" in script) is (system.target.engine == "postgresql")


def test_env_takes_the_connection_it_is_offered(lite: System) -> None:
    """Whoever offers env.py a connection in config.attributes has it migrated, and no other."""
    code = """
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
engine = sa.create_engine("sqlite://")
config = Config("alembic.ini")
with engine.connect() as connection:
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
    print(sorted(sa.inspect(connection).get_table_names()))
"""
    printed = lite.python(code)

    assert printed.strip() == "['alembic_version', 'extraction_results', 'files', 'tenants']"
    assert not lite.target.path.exists()


def test_older_types_are_normalised_and_what_was_declared_is_kept(everywhere: System) -> None:
    """The data migration puts every older row in order and keeps the declared type where it differs."""
    everywhere.up("0001")
    fill(everywhere)
    before = everywhere.rows("files", *FIRST_SHAPE)

    everywhere.up()

    place = FIRST_SHAPE.index("mime_type")
    for old, new in zip(before, everywhere.rows("files", *FIRST_SHAPE, "declared_mime_type"), strict=True):
        declared = old[place]
        assert new[place] == DECLARED[declared]
        assert new[-1] == (None if declared == DECLARED[declared] else declared)
        assert (*old[:place], *old[place + 1 :]) == (*new[:place], *new[place + 1 : -1])


def test_the_way_back_restores_every_value(system: System) -> None:
    """Rows written before the data migration, after it, and at 0002 say again what their clients declared."""
    system.up("0001")
    fill(system)
    first = system.rows("files", *FIRST_SHAPE)
    system.up()
    fill(system, 40)

    for lower, each in (("0002", 60), ("0001", 70)):
        system.down(lower)

        after = system.rows("files", *FIRST_SHAPE)
        assert set(first) < set(after)
        said = [row[FIRST_SHAPE.index("mime_type")] for row in after]
        assert {declared: said.count(declared) for declared in DECLARED} == dict.fromkeys(DECLARED, each)
        fill(system, 40)


def test_new_rows_are_put_in_order_by_the_database(system: System) -> None:
    """From 0002 on the database itself normalises the type of a row that any client inserts."""
    system.up("0002")
    fill(system, 8)

    found = set(system.rows("files", "mime_type", "declared_mime_type"))

    assert found == {
        (normal, None if declared == normal else declared) for declared, normal in DECLARED.items()
    }


def test_a_cut_short_data_migration_goes_on(post: System) -> None:
    """A data migration that was stopped half way keeps its batches, and the next run does the rest."""
    post.up("0002")
    post.target.execute("ALTER TABLE files DISABLE TRIGGER USER")
    fill(post, 400)
    post.target.execute(
        "CREATE SEQUENCE batches",
        "CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF nextval('batches') > 20 THEN RAISE 'stopped'; END IF; RETURN NULL; END $$",
        "GRANT ALL ON SEQUENCE batches TO PUBLIC",
        "CREATE TRIGGER stop AFTER UPDATE ON files FOR EACH STATEMENT EXECUTE FUNCTION stop()",
    )
    raw = "SELECT count(*) FROM files WHERE mime_type LIKE '%;%'"

    post.run("limosa", "upgrade", expect=1)
    half = post.target.rows(raw)[0][0]
    post.target.execute("DROP TRIGGER stop ON files", "DROP FUNCTION stop", "DROP SEQUENCE batches")
    post.up()

    assert 0 < half < 200
    assert post.target.rows(raw) == [(0,)]


def test_deleting_a_tenant_takes_files_and_results_along(running: System, served: Served) -> None:
    """The keys that cascade leave no row of a tenant that is deleted, and no file of it on disk."""
    with served.tenant("goner") as client, served.operator() as operator:
        file = upload(client, "a.txt", b"words")
        client.post(f"/files/{file['id']}/extractions", json={})
        [(path,)] = running.target.rows("SELECT file_path FROM files WHERE tenant_code = 'goner'")
        assert (running.storage / path).exists()

        assert operator.delete("/tenants/goner").status_code == 204

        assert client.get("/tenant").status_code == 401
    assert running.target.rows("SELECT count(*) FROM files WHERE tenant_code = 'goner'") == [(0,)]
    left = running.target.rows(
        "SELECT count(*) FROM extraction_results r LEFT JOIN files f ON f.id = r.file_id WHERE f.id IS NULL"
    )
    assert left == [(0,)]
    assert not (running.storage / path).parent.exists()
