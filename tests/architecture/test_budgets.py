"""Files and functions stay small; see CONTRIBUTING.md."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from house_files import ROOT, python_files, read_toml, tree

FILE, FUNCTION = 300, 40
# A test contains its data.
TEST_FILE, TEST_FUNCTION = 400, 60

EXCEPTIONS = read_toml("tests/architecture/budget_exceptions.toml")


@dataclass(frozen=True, slots=True)
class Measures:
    """The measures of a file, so that its tree need not be cached."""

    lines: int
    functions: dict[str, int]
    lacks_docstring: bool


@cache
def measured(path: str) -> Measures:
    """Each file is parsed once for all tests."""
    module = tree(path)
    lines = len((ROOT / path).read_text("utf-8").splitlines())
    lacks_docstring = bool(module.body) and ast.get_docstring(module) is None
    return Measures(lines, dict(functions(module)), lacks_docstring)


def files_over(budget: int, *, tests: bool) -> dict[str, int]:
    lengths = {path: measured(path).lines for path in python_files(tests=tests)}
    return {path: length for path, length in lengths.items() if length > budget}


def functions_over(budget: int, *, tests: bool) -> dict[str, int]:
    return {
        f"{path}::{name}": length
        for path in python_files(tests=tests)
        for name, length in measured(path).functions.items()
        if length > budget
    }


_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
"""The fields of a node that hold statements: functions are nowhere else."""


def functions(module: ast.AST, outer: str = "") -> Iterator[tuple[str, int]]:
    """Qualified names and lines, from `def` to the last line; decorators are not counted."""
    blocks = (getattr(module, name, ()) for name in _BLOCKS)
    for node in (each for block in blocks if isinstance(block, list) for each in block):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield outer + node.name, node.end_lineno - node.lineno + 1
        inside = f"{outer}{node.name}." if hasattr(node, "name") else outer
        yield from functions(node, inside)


def test_no_file_is_over_its_budget_without_a_reason() -> None:
    assert_within_budget("files", files_over(FILE, tests=False) | files_over(TEST_FILE, tests=True))


def test_no_function_is_over_its_budget_without_a_reason() -> None:
    found = functions_over(FUNCTION, tests=False) | functions_over(TEST_FUNCTION, tests=True)
    assert_within_budget("functions", found)


def assert_within_budget(budget_table: str, found: dict[str, int]) -> None:
    """What is over its budget is an exception with a reason, and no exception is left over."""
    allowed = EXCEPTIONS[budget_table]
    assert {name: lines for name, lines in found.items() if name not in allowed} == {}
    assert [name for name in allowed if name not in found] == [], "no longer needed"
    assert all(len(reason.split()) >= 4 for reason in allowed.values()), "say why"


def test_every_module_has_a_docstring() -> None:
    lacks_docstring = [
        path
        for tests in (False, True)
        for path in python_files(tests=tests)
        if measured(path).lacks_docstring
    ]
    assert lacks_docstring == []
