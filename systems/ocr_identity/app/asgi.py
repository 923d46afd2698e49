"""What a server is pointed at (``uvicorn app.asgi:application``); it refuses a schema that does not fit."""

from __future__ import annotations

import logging
import sys

from app.schema_check import ensure_startable
from app.service import create_app
from app.settings import Settings, SettingsError
from limosa import LimosaError

logging.basicConfig(level=logging.INFO, format="%(levelname)s [%(name)s] %(message)s")

try:
    _settings = Settings.load()
    ensure_startable(_settings)
except SettingsError as error:
    sys.stderr.write(f"not started: {error}\n")
    sys.exit(2)
except LimosaError as error:
    sys.stderr.write(f"not started: {error}\n")
    sys.exit(int(error.exit_code))

application = create_app(_settings)
