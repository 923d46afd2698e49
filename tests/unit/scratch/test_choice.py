"""Which PostgreSQL a scratch database gets, and the sentence that says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from limosa.errors import ConfigError
from limosa.model.url import DatabaseURL
from limosa.scratch import Provider
from limosa.scratch.provider import choose

WHEEL_18 = Provider("wheel 18.6.3", "18.6", bindir=Path("/wheel/bin"))
OTHER_18 = Provider("other 0.6.0", "18.4", bindir=Path("/other18/bin"))
OTHER_16 = Provider("other 0.6.0", "16.14", bindir=Path("/other16/bin"))
MACHINE_14 = Provider("machine", "14.1", bindir=Path("/usr/bin"))
FOUND = (WHEEL_18, OTHER_16, OTHER_18, MACHINE_14)
GIVEN = Provider("url", "13.2", url=DatabaseURL.parse("postgresql://user:secret@host/db"))


@pytest.mark.parametrize(
    ("major", "expected"),
    [
        pytest.param(None, WHEEL_18, id="newest, the first of equals"),
        pytest.param(18, WHEEL_18, id="same"),
        pytest.param(16, OTHER_16, id="same, further down the chain"),
        pytest.param(17, WHEEL_18, id="of two equally near, the newer"),
        pytest.param(15, OTHER_16, id="newer before older"),
        pytest.param(12, MACHINE_14, id="nearest older"),
        pytest.param(20, WHEEL_18, id="nearest newer"),
    ],
)
def test_the_nearest_major_version_is_taken(major: int | None, expected: Provider) -> None:
    """Distance decides, then the newer version, then the order of the chain."""
    assert choose(FOUND, major).provider is expected


def test_a_url_goes_before_everything() -> None:
    """Who gives a URL means it, whatever its version."""
    choice = choose((GIVEN, *FOUND), 18)
    assert choice.provider is GIVEN
    assert "given by URL" in choice.reason
    assert "secret" not in choice.reason


def test_the_reason_says_whether_the_version_is_the_same() -> None:
    """A report must not pass off a near version as the target's own."""
    assert "the same major version as the target's 16" in choose(FOUND, 16).reason
    assert "the nearest major version to the target's 13" in choose(FOUND, 13).reason


def test_without_any_provider_the_hint_installs_one() -> None:
    """The error holds the command that mends it."""
    with pytest.raises(ConfigError) as caught:
        choose((), 18)
    assert caught.value.hint is not None
    assert "pip install" in caught.value.hint
