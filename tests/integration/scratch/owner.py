"""A process that owns a scratch server, for tests that end it in every way a process can end.

It prints one line of JSON when its server runs, and then does what each line on its
standard input says; the end of that input is a normal end without any clean-up of its own.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time

from limosa.engines.postgresql import admin
from limosa.scratch import nearest, start
from limosa.scratch.server import Server


def say(**values: object) -> None:
    """Tell the test something."""
    print(json.dumps(values), flush=True)  # noqa: T201


def fork_a_child_that_outlives_us() -> None:
    """Leave a child behind that has inherited the pipe to the guardian."""
    pid = os.fork()
    if pid == 0:
        time.sleep(60)
        os._exit(0)
    say(child=pid)


def main() -> None:
    """Own one server."""
    interrupts: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    server: Server = start(nearest(None).provider)
    assert server._guard is not None
    say(folder=str(server.folder), server=server.pid, guardian=server._guard._process.pid)
    for line in sys.stdin:
        match line.strip():
            case "fork":
                fork_a_child_that_outlives_us()
            case "version":
                say(version=admin.server_version(server.url()), interrupts=len(interrupts))


if __name__ == "__main__":
    main()
