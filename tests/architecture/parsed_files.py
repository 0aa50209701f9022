"""The Python files of the workspace, each parsed once for all structural tests.

Trees are not kept: those of two thousand files take a gigabyte.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from workspace_files import ROOT, tree


@dataclass(frozen=True, slots=True)
class ParsedFile:
    """What tests compare of a file."""

    lines: int
    lacks_docstring: bool
    functions: dict[str, int]
    """The lines of each function, by its qualified name."""
    definitions: tuple[tuple[int, str], ...]
    """Line and name of what it defines."""
    imports: frozenset[str]
    """The top-level names of the modules that it imports, wherever in the file."""


@cache
def parsed(path: str) -> ParsedFile:
    """The file of that path from the root."""
    module = tree(path)
    definitions, imports = list[tuple[int, str]](), set[str]()
    for node in ast.walk(module):
        if isinstance(node, ast.Import | ast.ImportFrom):
            imports.update(_imported_by(node))
        elif isinstance(node, _DEFINING):
            definitions += _defined_by(node)
    return ParsedFile(
        lines=len((ROOT / path).read_text("utf-8").splitlines()),
        lacks_docstring=bool(module.body) and ast.get_docstring(module) is None,
        functions=dict(_functions(module)),
        definitions=tuple(sorted(definitions)),
        imports=frozenset(imports),
    )


_DEFINING = (
    *(ast.Name, ast.arg, ast.Attribute, ast.alias, ast.ExceptHandler),
    *(ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef),
    *(ast.MatchAs, ast.MatchStar, ast.MatchMapping),
)
"""Other nodes are most of a tree, and define nothing."""


def _defined_by(node: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and name of what the node itself defines."""
    match node:
        case ast.Name(ctx=ast.Store()):
            yield node.lineno, node.id
        case ast.arg():
            yield node.lineno, node.arg
        case ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
            yield node.lineno, node.name
        case ast.Attribute(ctx=ast.Store()):
            yield node.lineno, node.attr
        case ast.alias(asname=str(name)):
            yield node.lineno, name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
            yield node.lineno, name
        case ast.MatchStar(name=str(name)) | ast.MatchMapping(rest=str(name)):
            yield node.lineno, name


def _imported_by(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name.partition(".")[0] for alias in node.names)
    elif node.module and node.level == 0:
        yield node.module.partition(".")[0]


_BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
"""The fields of a node that hold statements: functions are nowhere else."""


def _functions(node: ast.AST, outer: str = "") -> Iterator[tuple[str, int]]:
    """Qualified names and lines, from `def` to the last line; decorators are not counted."""
    blocks = (getattr(node, name, ()) for name in _BLOCKS)
    for each in (each for block in blocks if isinstance(block, list) for each in block):
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef):
            assert each.end_lineno is not None
            yield outer + each.name, each.end_lineno - each.lineno + 1
        inside = f"{outer}{each.name}." if hasattr(each, "name") else outer
        yield from _functions(each, inside)
