"""A number in a request has ASCII digits: `\\d` of a pattern also means `１` and `٣`, which `int`
reads, and which addresses, ports and ids cannot contain."""

import ast
from collections.abc import Iterator

import pytest
from workspace_files import ROOT, python_files, tree

FILES = [
    path
    for path in python_files(tests=False)
    if path.startswith(("services/", "socle/")) and "\\d" in (ROOT / path).read_text("utf-8")
]


def any_digit_patterns(module: ast.Module) -> Iterator[str]:
    """The texts with `\\d` that are not compiled with `re.ASCII`."""
    ascii_only = {
        id(part)
        for call in ast.walk(module)
        if isinstance(call, ast.Call) and "re.ASCII" in map(ast.unparse, call.args)
        for part in ast.walk(call)
    }
    for node in ast.walk(module):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and "\\d" in text and id(node) not in ascii_only:
            yield text


@pytest.mark.parametrize("path", FILES)
def test_patterns_mean_ascii_digits(path: str) -> None:
    assert list(any_digit_patterns(tree(path))) == []


def test_a_pattern_of_any_digits_is_found() -> None:
    found = any_digit_patterns(ast.parse(r're.compile(r"\d"); re.compile(r"\d+", re.ASCII)'))
    assert list(found) == [r"\d"]
