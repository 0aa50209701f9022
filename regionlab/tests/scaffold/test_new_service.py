"""`regionlab new`, in a copy of the workspace: a new service passes every check and test."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from regionlab.errors import UserError
from regionlab.scaffold.new_service import advice, new_service
from regionlab.scaffold.registration import EDITS
from regionlab.workspace import workspace_root

pytestmark = pytest.mark.e2e

ROOT = workspace_root(Path(__file__))
NEW = ("zeppelin", "abaque")  # one after `socle` in the alphabet and one before: imports are sorted
IMPORT_RULES = "tests/architecture/test_rules.py::test_the_import_contracts_hold"
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the workspace, with two new services."""
    root = tmp_path_factory.mktemp("workspace")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, root / name)
    if (ROOT / ".mypy_cache").is_dir():
        # After `make check`, only what is new has to be checked.
        shutil.copytree(ROOT / ".mypy_cache", root / ".mypy_cache")
    for nom in NEW:
        new_service(nom, root)
    return root


@pytest.fixture
def run(copy: Path) -> Run:
    """Run a tool of the environment in the copy, on the copy's own code."""
    sources = [*copy.glob("*/src"), *copy.glob("services/*/src")]

    def call(*argv: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [str(Path(sys.executable).with_name(argv[0])), *argv[1:]],
            cwd=copy,
            env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, sources))},
            capture_output=True,
            text=True,
            check=False,
        )

    return call


def default_ports(root: Path) -> list[str]:
    """The ports that services have by default, in the order the workspace lists them."""
    text = (root / ".env.example").read_text()
    return [line.split("=")[1] for line in text.splitlines() if "_PORT=81" in line]


def services(root: Path) -> set[str]:
    return {project.parent.name for project in root.glob("services/*/pyproject.toml")}


@pytest.mark.deep_only
def test_its_own_tests_and_those_of_the_workspace_pass(run: Run) -> None:
    for passed, *folders in (
        ("4 passed", *(f"services/{nom}/tests" for nom in NEW)),
        ("passed", "tests/architecture"),
    ):
        # The test of import rules has its own place below.
        done = run("python", "-m", "pytest", "-q", "--deselect", IMPORT_RULES, *folders)
        assert done.returncode == 0, done.stdout + done.stderr
        assert passed in done.stdout


@pytest.mark.deep_only
def test_import_rules_hold_and_hold_the_new_service(copy: Path, run: Run) -> None:
    done = run("lint-imports", "--no-cache")
    assert done.returncode == 0, done.stdout
    presence = copy / "services/zeppelin/src/zeppelin/domain/presence.py"
    good = presence.read_text()
    presence.write_text(good.replace("from datetime", "import asyncio\nfrom datetime"))
    done = run("lint-imports", "--no-cache")
    presence.write_text(good)
    assert done.returncode != 0
    assert "zeppelin.domain.presence -> asyncio" in done.stdout


@pytest.mark.deep_only
def test_types_and_style_pass(run: Run) -> None:
    changed = [*(f"services/{nom}" for nom in NEW), "regionlab/src/regionlab/launch/services.py"]
    for tool in (("ruff", "check"), ("ruff", "format", "--check"), ("mypy",)):
        done = run(*tool, *changed)
        assert done.returncode == 0, done.stdout


def test_every_list_of_services_names_it(copy: Path) -> None:
    for name in EDITS:
        assert all(nom in (copy / name).read_text().lower() for nom in NEW), name
    before, after = default_ports(ROOT), default_ports(copy)
    assert after[: len(before)] == before
    assert len(after) == len(set(after)) == len(before) + len(NEW)


@pytest.mark.parametrize(
    "nom", ["Zoo", "été", "mon-service", "x", "json", "class", "socle", "schemas"]
)
def test_a_name_that_cannot_be_used_writes_nothing(copy: Path, nom: str) -> None:
    with pytest.raises(UserError):
        new_service(nom, copy)
    assert {folder.name for folder in (copy / "services").iterdir()} == services(ROOT) | set(NEW)


def test_a_service_is_not_written_twice(copy: Path) -> None:
    with pytest.raises(UserError, match="existe déjà"):
        new_service("zeppelin", copy)


def test_a_file_without_the_expected_place_is_refused_before_writing(tmp_path: Path) -> None:
    for name in EDITS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tmp_path / name)
    (tmp_path / "Makefile").write_text("all:\n")
    with pytest.raises(UserError, match="Makefile"):
        new_service("zeppelin", tmp_path)
    assert not (tmp_path / "services").exists()


def test_a_service_with_a_digit_in_its_name_has_a_port_of_its_own(tmp_path: Path) -> None:
    for name in EDITS:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tmp_path / name)
    for nom in ("zeppelin2", "abaque"):
        new_service(nom, tmp_path)
    ports = default_ports(tmp_path)
    assert len(ports) == len(set(ports)) == len(default_ports(ROOT)) + 2


def test_the_advice_names_files_that_are_there() -> None:
    paths = re.findall(r"(?<!\S)[\w./-]+\.(?:py|yml|toml|md|example)\b", advice("zeppelin"))
    assert set(EDITS) - {"Makefile", ".importlinter"} < set(paths)
    assert [name for name in paths if not (ROOT / name).is_file()] == []
