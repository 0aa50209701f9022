"""Files and functions stay readable; see CONTRIBUTING.md."""

from parsed_files import parsed
from workspace_files import python_files, read_toml

FILE, FUNCTION = 500, 60
# A test contains its data.
TEST_FILE, TEST_FUNCTION = 500, 60

EXCEPTIONS = read_toml("tests/architecture/budget_exceptions.toml")


def files_over(budget: int, *, tests: bool) -> dict[str, int]:
    lengths = {path: parsed(path).lines for path in python_files(tests=tests)}
    return {path: length for path, length in lengths.items() if length > budget}


def functions_over(budget: int, *, tests: bool) -> dict[str, int]:
    return {
        f"{path}::{name}": length
        for path in python_files(tests=tests)
        for name, length in parsed(path).functions.items()
        if length > budget
    }


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
        if parsed(path).lacks_docstring
    ]
    assert lacks_docstring == []
