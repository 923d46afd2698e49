"""Side by side: contenders in turns within one run, medians, spread, processor time and peak memory.

A benchmark makes ``Row``s and hands them to ``main``. A row is one line of docs/performance.md:
what was done, by whom, against which peer, and the ratio that was promised.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

LAUNCHER = Path(__file__).with_name("_launch.py")
RESULTS = Path(__file__).with_name("results")
ROUNDS = 7
USUAL = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
"""What a user's shell has: with PYTHONDONTWRITEBYTECODE both sides would compile their source each time."""
sys.dont_write_bytecode = False  # likewise for what is called in this process


@dataclass(frozen=True)
class Sample:
    """What one run of one contender took; a call within this process has no memory of its own."""

    wall_s: float
    cpu_s: float
    peak_kib: int | None = None
    output: str = field(default="", repr=False)


Contender = Callable[[], Sample]


def process(*command: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> Contender:
    """Measure a whole process; it must end with 0. What it printed is in the sample."""
    words = [str(word) for word in command]
    around = {**USUAL, **(env or {})}

    def run() -> Sample:
        launched = [sys.executable, "-I", "-S", str(LAUNCHER), *words]
        done = subprocess.run(launched, cwd=cwd, env=around, check=True, capture_output=True, text=True)
        took = json.loads(done.stderr)
        if took["code"] != 0:
            failed = subprocess.run(words, cwd=cwd, env=around, check=False, capture_output=True, text=True)
            raise AssertionError(f"{' '.join(words)} ended with {took['code']}:\n{failed.stderr[-2000:]}")
        return Sample(took["wall_s"], took["cpu_s"], took["peak_kib"], done.stdout)

    return run


def tool(name: str) -> Path:
    """Return the console script that a user would call."""
    return Path(sys.executable).with_name(name)


def call(function: Callable[[], object], *, times: int = 1) -> Contender:
    """Measure a call within this process, the mean of ``times`` calls in a row."""

    def run() -> Sample:
        gc.collect()
        cpu, wall = time.process_time(), time.perf_counter()
        for _ in range(times):
            found = function()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        return Sample(wall / times, cpu / times, output=str(found))

    return run


@dataclass(frozen=True)
class Row:
    """One line of the table: our contender and its peer, and perhaps floors beside them."""

    work: str
    ours: str
    peer: str
    contenders: Mapping[str, Contender]
    goal: float
    """How many times faster than the peer we mean to be."""
    rounds: int = ROUNDS
    check: Callable[[Mapping[str, Sample]], None] | None = None
    """Looks at the first round, which warms the caches and is not counted: did they do the same work?"""


def measure(row: Row, *, rounds: int | None = None) -> dict[str, object]:
    """Let the contenders run in turns, A B A B, and sum up."""
    first = {name: run() for name, run in row.contenders.items()}
    if row.check is not None:
        row.check(first)
    samples: dict[str, list[Sample]] = {name: [] for name in row.contenders}
    load = Load()
    for _ in range(rounds or row.rounds):
        for name, run in row.contenders.items():
            samples[name].append(run())
    found = {name: summary(each) for name, each in samples.items()}
    ours, peer = found[row.ours], found[row.peer]
    return {
        "work": row.work,
        "ours": row.ours,
        "peer": row.peer,
        "goal": row.goal,
        "faster": _ratio(peer["wall_ms"], ours["wall_ms"]),
        "faster_cpu": _ratio(peer["cpu_ms"], ours["cpu_ms"]),
        "memory": _ratio(ours["peak_mib"], peer["peak_mib"]),
        "rounds": rounds or row.rounds,
        "foreign_load": load.foreign(),
        "contenders": found,
    }


def summary(samples: Sequence[Sample]) -> dict[str, float | None]:
    """Sum up the samples of one contender: medians, and the spread of the wall time."""
    walls = sorted(sample.wall_s * 1000 for sample in samples)
    peaks = [sample.peak_kib / 1024 for sample in samples if sample.peak_kib is not None]
    return {
        "wall_ms": round(statistics.median(walls), 4),
        "min_ms": round(walls[0], 4),
        "max_ms": round(walls[-1], 4),
        "cpu_ms": round(statistics.median(sample.cpu_s for sample in samples) * 1000, 4),
        "peak_mib": round(statistics.median(peaks), 1) if peaks else None,
    }


def _ratio(above: float | None, below: float | None) -> float | None:
    return round(above / below, 2) if above and below else None


class Load:
    """Who else used the machine: processor time that neither this process nor its children took."""

    def __init__(self) -> None:
        self._started = time.perf_counter()
        self._foreign_s = _foreign_s()

    def foreign(self) -> float | None:
        """Return the share of all processors that others had since; None where the system does not say."""
        before, now = self._foreign_s, _foreign_s()
        if before is None or now is None:
            return None
        there_was = (time.perf_counter() - self._started) * (os.cpu_count() or 1)
        return round(max(0.0, now - before) / there_was, 2)


def _foreign_s() -> float | None:
    """Return the processor seconds of all others since the machine started."""
    try:
        user, nice, system = map(int, Path("/proc/stat").read_text().split()[1:4])
    except (OSError, ValueError):
        return None
    used = (resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    own_s = sum(each.ru_utime + each.ru_stime for each in used)
    return (user + nice + system) / os.sysconf("SC_CLK_TCK") - own_s


def surroundings() -> dict[str, object]:
    """Say on what the numbers were taken."""
    return {
        "machine": f"{_processor()}, {os.cpu_count()} cores, {platform.system()}",
        "python": platform.python_version(),
        **{name: version(name) for name in ("limosa", "alembic", "sqlalchemy", "psycopg")},
        "load_average": [round(each, 2) for each in os.getloadavg()],
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
    }


def _processor() -> str:
    try:
        found = re.search(r"(?m)^model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found[1] if found else platform.machine()


def show(result: Mapping[str, object]) -> None:
    """Print one row and its contenders."""
    contenders = result["contenders"]
    assert isinstance(contenders, dict)
    print(f"\n{result['work']}: {result['rounds']} rounds in turns, other load {result['foreign_load']}")
    print(f"  {'':44} {'median ms':>10} {'min':>10} {'max':>10} {'cpu ms':>10} {'peak MiB':>9}")
    for name, each in contenders.items():
        cells = (each[key] for key in ("wall_ms", "min_ms", "max_ms", "cpu_ms"))
        memory = "" if each["peak_mib"] is None else f"{each['peak_mib']:.1f}"
        print(f"  {name:44} {' '.join(f'{cell:10.2f}' for cell in cells)} {memory:>9}")
    memory = "" if result["memory"] is None else f", with {result['memory']:.2f} times its memory"
    print(f"  {result['faster']:.1f} times as fast as {result['peer']} (goal {result['goal']:g}){memory}")


def main(subject: str, rows: Callable[[bool], Iterable[Row]]) -> None:
    """Measure all rows, print them, and write benchmarks/results/SUBJECT.json.

    ``--small`` runs it once with little, for its correctness alone, and writes nothing unless told to.
    ``rows`` gets that choice and may be a generator that keeps what it made until all is measured.
    """
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    parser.add_argument("--small", action="store_true", help="little work, one round: for its correctness")
    parser.add_argument("--rounds", type=int, help="how often each contender runs")
    parser.add_argument("--json", type=Path, help="where to write the result")
    options = parser.parse_args()
    path = options.json or (None if options.small else RESULTS / f"{subject}.json")
    found = []
    for row in rows(options.small):
        found.append(measure(row, rounds=1 if options.small else options.rounds))
        show(found[-1])
    document = {"subject": subject, **surroundings(), "rows": found}
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=1) + "\n")
        print(f"\nwritten to {path}")
