"""Rules written elsewhere hold: import contracts, decisions, the lock."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
from workspace_files import ROOT, members, python_files, tree

DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*.md"))
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))


def test_the_import_contracts_hold() -> None:
    done = subprocess.run(
        (Path(sys.executable).parent / "lint-imports",), cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def test_decisions_are_numbered_without_holes() -> None:
    numbers = [int(file.name[:4]) for file in DECISIONS]
    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("file", DECISIONS, ids=lambda file: file.stem)
def test_a_decision_names_what_enforces_it(file: Path) -> None:
    text = file.read_text("utf-8")
    assert re.match(rf"# 0*{int(file.name[:4])}\. \S", text)
    enforced = re.findall(r"^\**Enforced by:\**(.*(?:\n(?!\n).*)*)", text, re.M)
    assert len(enforced) == 1
    # A thing named by its path is there, from the root or in the one member the decision is about.
    paths = re.findall(r"`((?:[\w.*-]+/)+[\w.*-]*)[^`]*`", enforced[0])
    places = (ROOT, *(ROOT / member.folder for member in members()))
    assert [p for p in paths if not any(list(at.glob(p.rstrip("/"))) for at in places)] == []


@pytest.mark.parametrize("file", LOCKS, ids=lambda file: file.stem)
def test_a_lock_is_pinned_by_hash_and_names_no_address(file: Path) -> None:
    text = file.read_text("utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-(?!-hash)", text, re.M), "an option of the installer"
    entries = re.split(r"^(?=\w)", text, flags=re.M)
    pinned = [entry for entry in entries if re.match(r"\w[\w.\[\]-]*==", entry)]
    assert len(pinned) == len([entry for entry in entries if re.match(r"\w", entry)])
    assert [entry.split("==")[0] for entry in pinned if "--hash=sha256:" not in entry] == []


def test_what_fastapi_calls_is_a_coroutine_function() -> None:
    """FastAPI calls another dependency or endpoint in a worker thread, for every request."""
    files = [p for p in python_files(tests=False) if "fastapi" in (ROOT / p).read_text("utf-8")]
    nodes = [(path, node) for path in files for node in ast.walk(tree(path))]
    dependencies = {
        call.args[0].id
        for _, call in nodes
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id in ("Depends", "Security")
        and call.args
        and isinstance(call.args[0], ast.Name)
    }
    functions = [(path, node) for path, node in nodes if isinstance(node, ast.FunctionDef)]
    assert len(dependencies) > 5
    assert [
        f"{path}: {node.name}"
        for path, node in functions
        if node.name in dependencies or any(map(_declares_an_endpoint, node.decorator_list))
    ] == []


def _declares_an_endpoint(decorator: ast.expr) -> bool:
    """Whether it is `@router.get(…)`, or of another method."""
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr in ("get", "head", "post", "put", "delete")
    )
