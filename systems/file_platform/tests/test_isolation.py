"""A tenant sees its own and nobody else's: at the HTTP face, and in the database itself."""

from __future__ import annotations

import hashlib
import uuid

import psycopg
import pytest

from systems.file_platform.tests.system import Served, System, extract, upload


def test_no_request_reaches_another_tenants_things(served: Served) -> None:
    """Whatever is asked for with the other's ids is answered as if it did not exist, and stays as it is."""
    with served.tenant() as one, served.tenant() as other:
        file = upload(other, "secret.txt", b"their words")
        job = extract(other, file["id"])
        before = other.get("/files").json()
        mine = upload(one, "mine.txt", b"x")

        asked = [
            one.get(f"/files/{file['id']}"),
            one.get(f"/files/{file['id']}/content"),
            one.delete(f"/files/{file['id']}"),
            one.post(f"/files/{file['id']}/extractions", json={}),
            one.get(f"/files/{file['id']}/extractions"),
            one.get(f"/extractions/{job['id']}"),
        ]
        unknown = one.get(f"/files/{uuid.uuid4()}")

        assert {answer.status_code for answer in asked} == {404}
        assert asked[0].json() == unknown.json()
        assert [entry["id"] for entry in one.get("/files").json()] == [mine["id"]]
        assert one.get("/files", params={"file_hash": file["file_hash"]}).json() == []
        assert one.get("/files", params={"after": file["id"]}).json() == []
        assert other.get("/files").json() == before
        assert other.get(f"/files/{file['id']}/content").content == b"their words"


def test_a_key_is_needed_everywhere(served: Served) -> None:
    """No key, a wrong one, and that of a tenant that is switched off: refused on every path of a tenant."""
    with served.tenant("off") as off, served.operator() as operator, served.client() as nobody:
        operator.patch("/tenants/off", json={"is_active": False}).raise_for_status()
        some = uuid.uuid4()
        for method, path in [
            ("GET", "/tenant"),
            ("GET", "/files"),
            ("POST", "/files?filename=a"),
            ("GET", f"/files/{some}"),
            ("DELETE", f"/files/{some}"),
            ("GET", f"/files/{some}/content"),
            ("GET", f"/files/{some}/extractions"),
            ("GET", f"/extractions/{some}"),
        ]:
            assert nobody.request(method, path).status_code == 401
            assert nobody.request(method, path, headers={"X-API-Key": "fp_guess"}).status_code == 401
            assert off.request(method, path).status_code == 403


def test_keys_are_kept_as_hashes(running: System, served: Served) -> None:
    """No column of the tenant's row holds its key."""
    with served.tenant("hashed") as client:
        key = client.headers["X-API-Key"]

    rows = running.target.rows("SELECT * FROM tenants WHERE code = 'hashed'")
    assert key not in str(rows)


@pytest.fixture
def two_tenants(post_at_head: System) -> tuple[System, list[str]]:
    """A database at head with a file of each of two tenants, and the ids of both."""
    tenants = [str(uuid.uuid4()) for _ in range(2)]
    for number, tenant in enumerate(tenants):
        post_at_head.target.execute(
            "INSERT INTO tenants (id, code, name, api_key_hash, storage_quota_bytes, file_count_limit) "
            f"VALUES ('{tenant}', 't{number}', 'T', '{number}', 10, 10)",
            "INSERT INTO files (id, tenant_id, tenant_code, original_filename, file_path, file_size, "
            f"file_hash, mime_type) VALUES ('{uuid.uuid4()}', '{tenant}', 't', 'a', 'p', 1, 'h', 'a/b')",
        )
    return post_at_head, tenants


@pytest.mark.parametrize("role", ["service_url", "url"])
def test_the_database_itself_keeps_tenants_apart(two_tenants: tuple[System, list[str]], role: str) -> None:
    """Neither the service's role nor the owner sees or changes another's row, even with no WHERE at all."""
    system, (mine, other) = two_tenants
    with psycopg.connect(getattr(system, role)) as connection:
        connection.execute("SELECT set_config('app.tenant_id', %s, true)", (mine,))
        seen = connection.execute("SELECT tenant_id::text FROM files").fetchall()
        tenants = connection.execute("SELECT id::text FROM tenants").fetchall()
        changed = connection.execute("UPDATE files SET status = 'x'").rowcount
        removed = connection.execute("DELETE FROM files WHERE tenant_id = %s", (other,)).rowcount

        assert (seen, tenants, changed, removed) == ([(mine,)], [(mine,)], 1, 0)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            connection.execute("UPDATE files SET tenant_id = %s", (other,))


def test_who_says_nothing_sees_nothing(two_tenants: tuple[System, list[str]]) -> None:
    """Without a tenant in the setting no row is there; a setting does not outlive its transaction."""
    system, (mine, _) = two_tenants
    with psycopg.connect(system.service_url) as connection:
        assert connection.execute("SELECT count(*) FROM files").fetchone() == (0,)
        connection.execute("SELECT set_config('app.tenant_id', %s, true)", (mine,))
        assert connection.execute("SELECT count(*) FROM files").fetchone() == (1,)
        connection.commit()
        assert connection.execute("SELECT count(*) FROM files").fetchone() == (0,)


def test_only_the_owner_migrates(post_at_head: System) -> None:
    """The service's role can neither migrate, nor drop a table, nor rewrite what was migrated and when."""
    refused = post_at_head.run(
        "limosa",
        "downgrade",
        "base",
        "--yes",
        expect=None,
        variables={"DATABASE_URL": post_at_head.service_url},
    )

    assert refused.returncode != 0
    with psycopg.connect(post_at_head.service_url, autocommit=True) as connection:
        for statement in (
            "DROP TABLE files",
            "DELETE FROM limosa.entry",
            "UPDATE limosa.alembic_version SET version_num = 'x'",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
    post_at_head.run("limosa", "status", "--exit-code")


def test_keys_are_made_to_be_guessed_by_nobody(lite: System) -> None:
    """No key comes twice, each has 256 random bits, and its hash is what SHA-256 makes of it."""
    code = (
        "from src.tenants.keys import hash_of, new_key; k = new_key(); print(k, hash_of(k), new_key() != k)"
    )

    key, hashed, differs = lite.python(code).split()

    assert len(key) == len("fp_") + 43
    assert hashed == hashlib.sha256(key.encode()).hexdigest()
    assert differs == "True"
