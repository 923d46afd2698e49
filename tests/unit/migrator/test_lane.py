"""A lane works through its calls in their order, and leaves no thread behind."""

from __future__ import annotations

import threading
import time
from concurrent.futures import CancelledError

import pytest

from limosa.migrator.lane import Lane

NAME = "test-lane"


def threads() -> list[threading.Thread]:
    """Return the lane's living threads."""
    return [thread for thread in threading.enumerate() if thread.name == NAME]


def assert_no_thread_is_left() -> None:
    """A thread that has answered needs a moment to end."""
    end = time.monotonic() + 20
    while threads() and time.monotonic() < end:
        time.sleep(0.001)
    assert not threads()


def test_one_thread_takes_the_calls_in_their_order() -> None:
    """However many calls wait, one runs at a time, the first first, and in the end there is no thread."""
    lane, seen, at_once = Lane(NAME, width=1), list[int](), list[int]()

    def call(number: int) -> int:
        seen.append(number)
        at_once.append(len(threads()))
        return number

    futures = [lane.submit(lambda n=n: call(n)) for n in range(200)]  # type: ignore[misc]

    assert [future.result(20) for future in futures] == list(range(200)) == seen
    assert set(at_once) == {1}
    assert_no_thread_is_left()


def test_no_more_threads_than_its_width() -> None:
    """Calls that wait for each other prove that so many run at once, and no more."""
    lane, meeting = Lane(NAME, width=3), threading.Barrier(3, timeout=20)
    futures = [lane.submit(meeting.wait) for _ in range(9)]

    assert sorted(future.result(20) for future in futures) == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert_no_thread_is_left()


def test_a_call_that_has_not_begun_is_cancelled() -> None:
    """It is never called, and the calls behind it are."""
    lane, go, called = Lane(NAME, width=1), threading.Event(), list[str]()
    first = lane.submit(lambda: go.wait(20))
    second = lane.submit(lambda: called.append("second"))
    third = lane.submit(lambda: called.append("third"))
    assert second.cancel()
    go.set()

    assert first.result(20)
    third.result(20)
    with pytest.raises(CancelledError):
        second.result(20)
    assert called == ["third"]


def test_a_failure_is_the_callers_and_the_lane_goes_on() -> None:
    """Whatever a call raises, even what is no Exception, is raised to whoever asked for it."""
    lane = Lane(NAME, width=1)

    class Rude(BaseException):
        """Passes every ``except Exception``."""

    def fail() -> None:
        raise Rude

    with pytest.raises(Rude):
        lane.submit(fail).result(20)
    assert lane.submit(lambda: 1).result(20) == 1
    assert_no_thread_is_left()
