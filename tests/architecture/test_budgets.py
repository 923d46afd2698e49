"""Files and functions stay short enough to be read in one go; who may not is named, with the reason."""

from __future__ import annotations

import ast
import statistics

import pytest

from tests.architecture.sources import Function, Source, functions, python_files

FILE_LINES = 400
FILE_LINES_WITH_REASON = 600
MEDIAN_FILE_LINES = 200
FUNCTION_LINES = 50
MEDIAN_FUNCTION_LINES = 8
P90_FUNCTION_LINES = 25
ANY_PER_THOUSAND_LINES = 12

# path: why it is longer than 400 lines
LONG_FILES: dict[str, str] = {}
# path:function: why it is longer than 50 lines
LONG_FUNCTIONS: dict[str, str] = {}


def in_use() -> list[Source]:
    """Return the files that users run; revisions are lists of statements and count as data."""
    return [
        source
        for source in (*python_files("src"), *python_files("systems"))
        if not {"tests", "versions"} & {*source.path.parts}
    ]


def test_no_file_is_too_long() -> None:
    """400 lines asks for a reason, 600 is the end."""
    written = (source for source in python_files() if "versions" not in source.path.parts)
    lengths = {source.name: len(source.text.splitlines()) for source in written}
    long = {name: lines for name, lines in lengths.items() if lines > FILE_LINES}
    assert long.keys() == LONG_FILES.keys(), f"too long, or no longer so: {long}"
    assert all(lines <= FILE_LINES_WITH_REASON for lines in long.values()), long


def test_no_function_is_too_long() -> None:
    """50 lines without the docstring, unless a reason is given."""
    long = {_named(function) for function in _functions() if function.lines > FUNCTION_LINES}
    assert long == LONG_FUNCTIONS.keys()


def test_exceptions_have_reasons() -> None:
    """An exception without a reason is a hole."""
    assert all(len(reason.split()) > 3 for reason in (*LONG_FILES.values(), *LONG_FUNCTIONS.values()))


def test_most_files_and_functions_are_short() -> None:
    """Half the files have at most 200 lines, half the functions 8, nine in ten 25."""
    assert statistics.median(len(source.text.splitlines()) for source in in_use()) <= MEDIAN_FILE_LINES
    lengths = sorted(function.lines for function in _functions())
    assert statistics.median(lengths) <= MEDIAN_FUNCTION_LINES
    assert lengths[int(len(lengths) * 0.9)] <= P90_FUNCTION_LINES


def test_any_is_rare() -> None:
    """At most 12 uses of ``Any`` in a thousand lines."""
    uses = sum(
        isinstance(node, ast.Name) and node.id == "Any"
        for source in in_use()
        for node in ast.walk(source.tree)
    )
    lines = sum(len(source.text.splitlines()) for source in in_use())
    assert uses * 1000 <= ANY_PER_THOUSAND_LINES * lines, f"{uses} in {lines} lines"


@pytest.mark.parametrize("docstring", ["", '    """One\n    two.\n    """\n'])
def test_a_docstring_does_not_count(docstring: str) -> None:
    """The length of a function is that of its code."""
    made = Source(python_files()[0].path, f"def f(a):\n{docstring}    return a\n")
    assert [function.lines for function in functions(made)] == [2]


def _functions() -> list[Function]:
    return [function for source in in_use() for function in functions(source)]


def _named(function: Function) -> str:
    return f"{function.source.name}:{function.name}"
