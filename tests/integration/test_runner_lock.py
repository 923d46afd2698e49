"""A runner waits for another one as long as it was granted, and then says who it waited for."""

from __future__ import annotations

import os

import pytest

from limosa import ExitCode, Migrator
from limosa.config import load
from limosa.engines.registry import engine_for
from limosa.errors import Locked
from limosa.model.events import Event, LockWaiting
from tests.fixtures.projects import MakeProject
from tests.fixtures.targets import Target


@pytest.mark.parametrize("target", ["sqlite", "postgresql-18"], indirect=True)
def test_the_wait_for_another_runner_ends(target: Target, project: MakeProject) -> None:
    """Exit code 6, the holder named with process and step, and nothing run; when it is gone, all goes on."""
    made = project("generic", url=target.url)
    made.revise("001", None, upgrade='op.execute("CREATE TABLE loft (id INTEGER PRIMARY KEY)")')
    settings = load(project=made.root, url=target.url.reveal(), overrides={"runner_wait_s": 0.3})
    events: list[Event] = []
    held = engine_for(target.url).lock(
        target.url, name="default", limits=settings.limits, waiting=lambda *_: None
    )
    held.describe("at 017")

    with pytest.raises(Locked) as caught:
        Migrator(settings, sinks=[events.append]).upgrade()

    assert caught.value.exit_code is ExitCode.LOCKED
    assert f"(pid {os.getpid()})" in caught.value.message
    assert "at 017" in caught.value.message
    assert caught.value.fields["waited_s"] >= 0.3
    assert [type(event) for event in events] == [LockWaiting]
    assert "loft" not in target.tables()

    held.release()
    assert Migrator(settings).upgrade().after == ("001",)
