"""The requirements of `tests/volets/requirements.toml`, which describes its own form."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from volet_requirements.examples import case_resource

FILE = Path(__file__).parents[2] / "volets" / "requirements.toml"

Category = Literal[
    "format", "transaction", "profile", "interaction", "conditional", "include", "search", "chain"
]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One requirement of a guide."""

    guide: str
    """`cds`."""
    source: str
    """The id of the CapabilityStatement, or the name of the page, that states it."""
    category: Category
    type: str = ""
    """The resource type; empty for those of the whole server."""
    example: str = "sample"
    """The id of the example in `examples.json`, or a validation case: `volet_mesures/weight`."""
    name: str = ""
    """The interaction, the code of the parameter, the format, the profile, or the Bundle."""
    value_type: str = ""
    """Of a search parameter: `token`."""
    query: str = ""
    """That finds the example. Of an include: the type that it adds."""

    @property
    def element(self) -> str:
        """Of the statement: `CareTeam.search.start`."""
        return ".".join(each for each in (self.type, self.category, self.name) if each)

    @property
    def id(self) -> str:
        """As the test is called."""
        return f"{self.guide}/{self.source}/{self.element}"


def requirements() -> tuple[Requirement, ...]:
    """All of them, in the order of the file."""
    written = tomllib.loads(FILE.read_text("utf-8"))
    found = []
    for statement in (*written["statement"], *written["page"]):
        found += list(_of_statement(statement))
    return tuple(found)


def server_statements() -> tuple[tuple[str, str], ...]:
    """(guide, id) of each CapabilityStatement of a server."""
    written = tomllib.loads(FILE.read_text("utf-8"))["statement"]
    return tuple((each["guide"], each["id"]) for each in written if "role" not in each)


def _of_statement(statement: Mapping[str, Any]) -> Iterator[Requirement]:
    where = statement["guide"], statement["id"]
    for name in statement.get("formats", ()):
        yield Requirement(*where, "format", name=name)
    for name in statement.get("transactions", ()):
        yield Requirement(*where, "transaction", name=name)
    for written in statement.get("profiles", ()):
        name, case = written.split(" ")
        resource_type = case_resource(case)["resourceType"]
        yield Requirement(*where, "profile", resource_type, case, name)
    for chain in statement.get("chains", ()):
        resource_type, query = chain.split(" ", 1)
        example = statement.get("example", "sample")
        yield Requirement(*where, "chain", resource_type, example, name=query, query=query)
    for resource in statement.get("resource", ()):
        yield from _of_resource(where, resource)


def _of_resource(where: tuple[str, str], resource: Mapping[str, Any]) -> Iterator[Requirement]:
    resource_type, example = resource["type"], resource.get("example", "sample")
    if profile := resource.get("profile"):
        yield Requirement(*where, "profile", resource_type, example, profile)
    for name in resource.get("interactions", ()):
        yield Requirement(*where, "interaction", resource_type, example, name)
    for name in resource.get("conditional", ()):
        yield Requirement(*where, "conditional", resource_type, example, name)
    for include in resource.get("includes", ()):
        name, included = include.split(" ")
        yield Requirement(*where, "include", resource_type, example, name, query=included)
    for parameter in resource.get("search", ()):
        name, value_type, query = parameter.split(" ", 2)
        yield Requirement(*where, "search", resource_type, example, name, value_type, query)
