"""The workspace for the structural tests: its members and their Python files."""

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True)
class Member:
    """One installable part of the workspace. `folder` is relative to the root."""

    name: str
    folder: str

    @property
    def package(self) -> Path:
        return ROOT / self.folder / "src" / self.name

    @property
    def is_service(self) -> bool:
        return self.folder.startswith("services/")

    @property
    def project(self) -> dict[str, Any]:
        """Its pyproject.toml."""
        return read_toml(self.folder + "/pyproject.toml")


def read_toml(path: str) -> dict[str, Any]:
    """A TOML file of the workspace."""
    return tomllib.loads((ROOT / path).read_text("utf-8"))


@cache
def members() -> tuple[Member, ...]:
    """The members, as the workspace itself finds them."""
    patterns = read_toml("pyproject.toml")["tool"]["uv"]["workspace"]["members"]
    folders = [f for pattern in patterns for f in sorted(ROOT.glob(pattern)) if f.is_dir()]
    return tuple(Member(f.name, f.relative_to(ROOT).as_posix()) for f in folders)


def services() -> tuple[Member, ...]:
    """The members that are services."""
    return tuple(each for each in members() if each.is_service)


def python_files(*, tests: bool) -> Iterator[str]:
    """Paths from the root: the tests, or everything else."""
    for folder in (*(member.folder for member in members()), "tests", "bench"):
        for file in sorted((ROOT / folder).rglob("*.py")):
            path = file.relative_to(ROOT).as_posix()
            if ("tests" in path.split("/")) is tests:
                yield path


def tree(path: str) -> ast.Module:
    """A Python file, parsed."""
    return ast.parse((ROOT / path).read_text("utf-8"), path)
