"""Quotas hold, however many upload at once, and a refusal leaves nothing behind."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from systems.file_platform.tests.system import Served, System, upload
from systems.file_platform.tests.test_files import kept

AT_ONCE = 24
FIT = 7
SIZE = 1000


@pytest.mark.parametrize(
    ("limits", "status", "code"),
    [
        ({"storage_quota_bytes": FIT * SIZE + SIZE // 2}, 413, "storage_quota_exceeded"),
        ({"file_count_limit": FIT}, 409, "file_limit_reached"),
    ],
    ids=["bytes", "files"],
)
def test_exactly_as_many_as_fit_are_kept(
    running: System, served: Served, limits: dict[str, int], status: int, code: str
) -> None:
    """Of many uploads at once just those that fit are kept; the others are told which limit it was."""
    with served.tenant(limits=limits) as client, ThreadPoolExecutor(AT_ONCE) as pool:

        def send(number: int) -> httpx.Response:
            return client.post("/files", params={"filename": f"{number}.txt"}, content=bytes(SIZE))

        answers = list(pool.map(send, range(AT_ONCE)))
        refused = [answer for answer in answers if answer.status_code != 201]

        assert len(answers) - len(refused) == FIT
        assert {(one.status_code, one.json()["error"]) for one in refused} == {(status, code)}
        used = client.get("/tenant").json()
        assert (used["file_count"], used["used_bytes"]) == (FIT, FIT * SIZE)
        files = client.get("/files").json()
        assert len(files) == FIT
        assert kept(running, client) == {file["id"] for file in files}


def test_uploads_and_deletions_at_once_keep_the_count(running: System, served: Served) -> None:
    """After many of both at once the counts are what is there, and the space that was freed can be used."""
    with served.tenant(limits={"file_count_limit": AT_ONCE}) as client, ThreadPoolExecutor(8) as pool:
        first = [upload(client, f"{number}", bytes(10)) for number in range(AT_ONCE)]

        def change(number: int) -> int:
            client.delete(f"/files/{first[number]['id']}").raise_for_status()
            return client.post("/files", params={"filename": "b"}, content=bytes(20)).status_code

        assert set(pool.map(change, range(AT_ONCE // 2))) == {201}
        twice = list(pool.map(lambda _: client.delete(f"/files/{first[-1]['id']}").status_code, range(4)))

        assert sorted(twice) == [204, 404, 404, 404]
        used, files = client.get("/tenant").json(), client.get("/files").json()
        assert used["file_count"] == len(files) == AT_ONCE - 1
        assert used["used_bytes"] == sum(file["file_size"] for file in files)
        assert kept(running, client) == {file["id"] for file in files}


def test_what_is_larger_than_the_quota_is_refused_before_it_is_read(served: Served) -> None:
    """A file that never fits is refused by what it announces, or as soon as it is too much."""
    with served.tenant(limits={"storage_quota_bytes": 100}) as client:
        announced = client.post("/files", params={"filename": "a"}, content=bytes(101))
        streamed = client.post("/files", params={"filename": "a"}, content=iter([bytes(60), bytes(60)]))

        assert {announced.json()["error"], streamed.json()["error"]} == {"storage_quota_exceeded"}
        assert client.get("/tenant").json()["used_bytes"] == 0
