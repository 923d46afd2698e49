"""Runs one command and writes down what it took: whole seconds, processor seconds, peak memory.

A process of its own and as small as can be: on Linux a child counts the memory of whoever
started it as its own peak, and a benchmark that holds SQLAlchemy would hide what it measures.
Called as ``python -I -S _launch.py COMMAND...``; the answer is one JSON line on stderr.
"""

import json
import os
import sys
import time


def main() -> None:
    """Run the command, its error output kept out of the answer."""
    command = sys.argv[1:]
    quiet = os.open(os.devnull, os.O_WRONLY)
    started = time.perf_counter()
    child = os.posix_spawn(command[0], command, os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, quiet, 2)])
    _, status, used = os.wait4(child, 0)
    wall_s = time.perf_counter() - started
    answer = {
        "code": os.waitstatus_to_exitcode(status),
        "wall_s": wall_s,
        "cpu_s": used.ru_utime + used.ru_stime,
        "peak_kib": used.ru_maxrss,  # KiB on Linux
    }
    sys.stderr.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
