"""`.env.example` against the settings classes of the workspace: nothing missing, nothing extra."""

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pydantic import SecretStr
from pydantic_core import PydanticUndefined
from pydantic_settings import BaseSettings

from socle.settings import Settings, load, variables

ROOT = Path(__file__).parents[2]
SOURCES = sorted(ROOT.glob("*/src")) + sorted(ROOT.glob("services/*/src"))
DECLARES_SETTINGS = re.compile(r"^class \w+\(.*Settings\b.*\):", re.MULTILINE)
LINE = re.compile(r"(?P<off># )?(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>\"[^\"]*\"|\S*)\s*(#.*)?")


@dataclass(frozen=True, slots=True)
class ExampleLine:
    """One variable of the file."""

    must_be_set: bool
    value: str


def settings_classes() -> list[type[Settings]]:
    """Every settings class that has fields, wherever a member declares one."""
    for source in SOURCES:
        for file in source.rglob("*.py"):
            if DECLARES_SETTINGS.search(file.read_text("utf-8")):
                module = ".".join(file.relative_to(source).with_suffix("").parts)
                importlib.import_module(module.removesuffix(".__init__"))
    return [
        each
        for each in descendants(Settings)
        if each.model_fields and each.model_config.get("env_prefix")
    ]


def descendants(parent: type[Settings]) -> Iterator[type[Settings]]:
    for child in parent.__subclasses__():
        # Tests declare classes of their own, under names such as socle.tests.test_settings.
        owner, *inside = child.__module__.split(".")
        if owner in {p.name for s in SOURCES for p in s.iterdir()} and "tests" not in inside:
            yield child
        yield from descendants(child)


def example_lines() -> dict[str, ExampleLine]:
    """The variables of the file; a line that is neither one, nor a remark, nor empty fails."""
    found: dict[str, ExampleLine] = {}
    for line in (ROOT / ".env.example").read_text("utf-8").splitlines():
        match = LINE.fullmatch(line)
        if match is None:
            assert not line or line.startswith("# "), f"not understood: {line}"
            continue
        assert match["name"] not in found, f"twice: {match['name']}"
        found[match["name"]] = ExampleLine(match["off"] is None, match["value"].strip('"'))
    return found


def test_there_are_settings_to_hold_the_file_against() -> None:
    assert {"PlatformSettings", "MobiliteSettings", "GatewaySettings"} <= {
        each.__name__ for each in settings_classes()
    }


def test_every_settings_class_of_the_house_is_read_by_load() -> None:
    for source in SOURCES:
        for file in source.rglob("*.py"):
            text = file.read_text("utf-8")
            if file.name != "settings.py" or file.parent.name != "socle":
                assert "BaseSettings" not in text, f"{file} goes around socle.settings"
    assert issubclass(Settings, BaseSettings)


def test_the_file_shows_every_variable_and_no_other() -> None:
    known = {name for each in settings_classes() for name in variables(each)}
    assert set(example_lines()) == known


@pytest.mark.parametrize("settings_type", settings_classes(), ids=lambda each: each.__name__)
def test_what_must_be_set_is_bare_and_the_rest_shows_its_default(
    settings_type: type[Settings],
) -> None:
    for name, field in variables(settings_type).items():
        info, line = settings_type.model_fields[field], example_lines()[name]
        assert line.must_be_set == info.is_required(), name
        if info.default is not PydanticUndefined:
            assert line.value == as_written(info.default), name


def as_written(default: object) -> str:
    if default is None:
        return ""
    return str(default).lower() if isinstance(default, bool) else str(default)


@pytest.mark.parametrize("settings_type", settings_classes(), ids=lambda each: each.__name__)
def test_a_secret_is_empty_and_has_no_default(settings_type: type[Settings]) -> None:
    for name, field in variables(settings_type).items():
        info = settings_type.model_fields[field]
        if SecretStr.__name__ in str(info.annotation) or re.search(
            "KEY|PASSWORD|SECRET|TOKEN", name
        ):
            # A secret that only some roles are given is None for the others.
            assert info.is_required() or info.default is None, name
            assert example_lines()[name].value == "", name


@pytest.mark.parametrize("settings_type", settings_classes(), ids=lambda each: each.__name__)
def test_the_file_once_filled_in_is_accepted(settings_type: type[Settings]) -> None:
    environ = {
        name: line.value or "postgresql://user:password@localhost/base"
        for name, line in example_lines().items()
        if line.must_be_set
    }
    assert load(settings_type, environ)
