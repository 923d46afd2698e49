"""The benchmarks do the work that they measure, and the page of results says what they said."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.sources import ROOT

BENCHMARKS = sorted(path.stem for path in (ROOT / "benchmarks").glob("[!_]*.py"))


@pytest.mark.parametrize("subject", BENCHMARKS)
def test_a_benchmark_measures_the_same_work_on_both_sides(subject: str, tmp_path: Path) -> None:
    """Run once with little: its own checks hold, and every row has both sides, a ratio and a goal."""
    file = tmp_path / "result.json"
    command = [sys.executable, str(ROOT / "benchmarks" / f"{subject}.py"), "--small", "--json", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    result = json.loads(file.read_text())
    assert result["subject"] == subject
    assert result["rows"]
    for row in result["rows"]:
        assert row["goal"] > 0
        assert row["faster"] > 0
        assert row["ours"] != row["peer"]
        assert {row["ours"], row["peer"]} <= row["contenders"].keys()


def test_the_page_says_what_the_benchmarks_said() -> None:
    """docs/performance.md is written by 'make bench', and each of its rows names a command that exists."""
    results = {
        path.stem: json.loads(path.read_text()) for path in (ROOT / "benchmarks/results").glob("*.json")
    }
    assert results.keys() <= {*BENCHMARKS}
    assert all(result["subject"] == name for name, result in results.items())
    done = subprocess.run([sys.executable, ROOT / "benchmarks/_page.py", "--check"], check=False)
    assert done.returncode == 0, "stale: run 'python benchmarks/_page.py'"
