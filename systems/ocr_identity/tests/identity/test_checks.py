"""The checks that Limosa's pytest plugin brings, on this system's revisions and models."""

from __future__ import annotations

import pytest

from limosa.testing.checks import *  # noqa: F403  they are made to be imported so

pytestmark = pytest.mark.limosa(engines=["sqlite", "postgresql"])
