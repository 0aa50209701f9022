"""Scenarios read from TOML files, one for each pilot; the keys are the fields of `Scenario`."""

import json
import tomllib
from collections.abc import Iterable
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from pilotes.rehearsal.flows.scenario import Scenario

SCENARIOS: Final = files("pilotes.rehearsal.flows") / "scenarios"


class _File(BaseModel):
    """The wrapper of a scenario, whose configuration also applies to the scenario's dataclasses."""

    model_config = ConfigDict(extra="forbid", strict=True)

    scenario: Scenario


class ScenarioError(ValueError):
    """A scenario file that cannot be rehearsed. The message is its name, then one line for each
    mistake."""

    def __init__(self, name: str, mistakes: Iterable[str]) -> None:
        super().__init__(
            "\n".join((f"{name} is no scenario:", *(f"  {each}" for each in mistakes)))
        )


def load_scenarios(folder: Traversable = SCENARIOS) -> tuple[Scenario, ...]:
    """Every scenario of a folder, in the order of the file names. Raises ScenarioError."""
    found = sorted(folder.iterdir(), key=lambda file: file.name)
    return tuple(load_scenario(file) for file in found if file.name.endswith(".toml"))


def load_scenario(file: Traversable) -> Scenario:
    """The scenario of one file. Raises ScenarioError, naming every mistake by its key."""
    try:
        content = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ScenarioError(file.name, [str(error)]) from error
    try:
        # Strict validation of JSON accepts an array for a tuple, and distinguishes 5 from "5".
        text = json.dumps({"scenario": content}, default=str)
        scenario = _File.model_validate_json(text).scenario
    except ValidationError as error:
        raise ScenarioError(file.name, (_mistake(each) for each in error.errors())) from error
    mistakes = list(scenario.mistakes())
    if scenario.id != file.name.removesuffix(".toml"):
        mistakes.append(f"id: {scenario.id}, where the file name says otherwise")
    if mistakes:
        raise ScenarioError(file.name, mistakes)
    return scenario


def _mistake(error: Any) -> str:
    """A line for one error of pydantic, whose location begins with the wrapper's field."""
    return f"{'.'.join(map(str, error['loc'][1:])) or '(file)'}: {error['msg']}"
