"""Writes the tables of search parameters from the official FHIR R4 definitions.

    python services/esante/tools/compile_definitions.py FOLDER

FOLDER: the files of the npm package `hl7.fhir.r4.examples@4.0.1` (HL7, CC0), one JSON file for each
resource. The tables `search_parameters.txt`, `elements.txt` and `compartments.txt` in
`src/esante/search/domain/r4` are committed; a test checks that they are up to date.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

TABLES = Path(__file__).parent.parent / "src" / "esante" / "search" / "domain" / "r4"
SOURCE = "# Compiled by tools/compile_definitions.py from hl7.fhir.r4.examples@4.0.1 (HL7, CC0).\n"

# The name of a search parameter begins with a type, or with one of these words if many types share
# it. Otherwise it belongs to an extension, a profile or an example.
SHARED = ("clinical", "conformance", "individual", "medications")
ANY = 100
"""A parameter with at least so many target types can refer to any type."""

# An error of the official definitions: the components of DocumentReference.relationship have each
# other's expression. (definition, component) → the right expression.
SLIPS = {
    ("DocumentReference-relationship", "DocumentReference-relatesto"): "target",
    ("DocumentReference-relationship", "DocumentReference-relation"): "code",
}


def types_of(element: Mapping[str, Any]) -> list[str]:
    """The type codes of an element; `#path` if it has the content of another element."""
    if "contentReference" in element:
        return ["#" + element["contentReference"].partition(".")[2]]
    return ["id"] if element["path"].endswith(".id") else [each["code"] for each in element["type"]]


class Definitions:
    """The official definitions.

    `structures`: StructureDefinitions by type. `resource_types`: those that are not abstract.
    `elements`: ElementDefinitions by type and path.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.structures = {
            each["type"]: each
            for each in self._all("StructureDefinition")
            if each["kind"] != "logical" and each.get("derivation") != "constraint"
        }
        self.resource_types = sorted(
            name
            for name, each in self.structures.items()
            if each["kind"] == "resource" and not each["abstract"]
        )
        self.elements = {
            name: {each["path"]: each for each in structure["snapshot"]["element"]}
            for name, structure in self.structures.items()
        }

    def _all(self, resource_type: str) -> Iterator[dict[str, Any]]:
        for file in sorted(self._folder.glob(f"{resource_type}-*.json")):
            yield json.loads(file.read_text(encoding="utf-8"))

    def search_parameters(self) -> Iterator[dict[str, Any]]:
        """The search parameters of the base specification that have an expression."""
        for each in self._all("SearchParameter"):
            name = each["url"].rpartition("/")[2]
            begins = name.partition("-")[0]
            if each.get("expression") and (begins in SHARED or begins in self.structures):
                for component in each.get("component", ()):
                    slip = (name, component["definition"].rpartition("/")[2])
                    component["expression"] = SLIPS.get(slip, component["expression"])
                yield each

    def compartments(self) -> Iterator[dict[str, Any]]:
        """The CompartmentDefinitions of the base specification."""
        for each in self._all("CompartmentDefinition"):
            if not each["url"].endswith("/example"):
                yield each

    def walk_path(
        self, base: str, names: list[str]
    ) -> Iterator[tuple[dict[str, Any], str, list[str]]]:
        """(element, type that defines it, its types) of each element on a path.

        `base`: the type at which the path begins. `names`: the element names of the path.
        """
        at = {(base, base)}
        for name in names:
            below: set[tuple[str, str]] = set()
            for owner, path in sorted(at):
                elements = self.elements[owner]
                element = elements.get(f"{path}.{name}") or elements.get(f"{path}.{name}[x]")
                if element is not None:
                    types = types_of(element)
                    yield element, owner, types
                    below |= self._below(owner, element, types)
            at = below

    def _below(
        self, owner: str, element: Mapping[str, Any], types: list[str]
    ) -> set[tuple[str, str]]:
        if types[0].startswith("#"):
            return {(owner, f"{owner}.{types[0][1:]}")}
        if set(types) & {"BackboneElement", "Element"}:
            return {(owner, element["path"])}
        return {(each, each) for each in types if each in self.elements}

    def targets(self, base: str, names: list[str]) -> set[str]:
        """The target types of the Reference at the end of a path; empty for any type."""
        *_, (element, _, _) = self.walk_path(base, names)
        profiles = [each.get("targetProfile", ()) for each in element.get("type", ())]
        found = {profile.rpartition("/")[2] for each in profiles for profile in each}
        return set() if "Resource" in found else found

    def systems(self, element: Mapping[str, Any]) -> list[str]:
        """The code systems of the required binding of an element; empty without one."""
        binding = element.get("binding", {})
        if binding.get("strength") != "required" or "valueSet" not in binding:
            return []
        return sorted(self._systems_of(binding["valueSet"].partition("|")[0]))

    def _systems_of(self, url: str) -> set[str]:
        file = self._folder / f"ValueSet-{url.rpartition('/')[2]}.json"
        if not file.exists():
            return set()
        found: set[str] = set()
        for include in json.loads(file.read_text(encoding="utf-8"))["compose"]["include"]:
            if "system" in include:
                found.add(include["system"])
            for other in include.get("valueSet", ()):
                found |= self._systems_of(other.partition("|")[0])
        return found


def branches(expression: str) -> list[str]:
    """The alternatives of an expression (separated by `|`), with single spaces."""
    return [" ".join(each.split()) for each in expression.split("|")]


def concerns(branch: str, base: str, resource_types: list[str]) -> bool:
    """Whether an alternative applies to the type `base`: it begins with its name, or with no
    resource type."""
    match = re.match(r"\(*([A-Z]\w*)", branch)
    return match is None or match[1] == base or match[1] not in resource_types


def target_suffix(
    found: Definitions, parameter: Mapping[str, Any], base: str, selected: list[str]
) -> str:
    """The end of a parameter's line, ` > types`: its target types.

    They are those of the definition, restricted by the expression or the elements. `selected`: the
    alternatives of the expression for the type `base`. Empty if the parameter is no reference.
    """
    targets = set(parameter.get("target", ()))
    if not targets:
        return ""
    left: set[str] = set()
    for branch in selected:
        only = re.search(r"\(resolve\(\) is (\w+)\)", branch)
        left |= {only[1]} if only else found.targets(base, names_of(branch, base)) or targets
    targets = targets & left or targets
    return " > *" if len(targets) >= ANY else " > " + " ".join(sorted(targets))


def parameter_lines(found: Definitions) -> Iterator[str]:
    """Lines `code type expression > targets` under a heading for each type; the components of a
    composite follow it, indented."""
    by_url = {each["url"]: each for each in found.search_parameters()}
    lines: dict[str, list[str]] = {each: [] for each in found.resource_types}
    lines |= {"Resource": [], "DomainResource": []}
    for each in by_url.values():
        for base in each["base"]:
            branches_of_base = [
                branch
                for branch in branches(each["expression"])
                if concerns(branch, base, found.resource_types)
            ]
            line = f"{each['code']} {each['type']} {' | '.join(dict.fromkeys(branches_of_base))}"
            lines[base].append(line + target_suffix(found, each, base, branches_of_base))
            for component in each.get("component", ()):
                of = by_url[component["definition"]]
                expression = " | ".join(branches(component["expression"]))
                lines[base][-1] += f"\n    {of['code']} {of['type']} {expression}"
    for base in sorted(lines):
        yield f"\n[{base}]"
        yield from sorted(lines[base])


def compartment_lines(found: Definitions) -> Iterator[str]:
    """Lines `type codes…` under a heading for each compartment, without types that are in it by no
    parameter."""
    for each in found.compartments():
        yield f"\n[{each['code']}]"
        for member in sorted(each["resource"], key=lambda member: member["code"]):
            if member.get("param"):
                yield f"{member['code']} {' '.join(sorted(member['param']))}"


class Passed:
    """The elements on the paths of expressions, as lines of the table by type and path."""

    def __init__(self, found: Definitions) -> None:
        self._found = found
        self.lines: dict[str, dict[str, str]] = {}

    def walk(self, owner: str, names: list[str]) -> None:
        """Add each element on the path `names` from the type `owner`."""
        for element, of, types in self._found.walk_path(owner, names):
            name = element["path"].partition(".")[2]
            line = name + ("*" if element["max"] == "*" else "") + " " + " ".join(types)
            systems = self._found.systems(element) if types == ["code"] else []
            self.lines.setdefault(of, {})[name] = " = ".join([line, *systems])


# The parts of an expression that are no element names.
_CALLS = re.compile(
    r"\.where\(resolve\(\) is \w+\)|\.where\(\w+='[^']*'\)|\.as\(\w+\)|\s+as\s+\w+"
    r"|\.exists\(\)|\[0\]"
)


def names_of(branch: str, base: str) -> list[str]:
    """The element names of an alternative, below the type `base`.

    `(Observation.component.value as Quantity)` → component, value.
    """
    plain = _CALLS.sub("", branch.partition(" and ")[0]).strip("()").replace(")", "")
    names = plain.removeprefix("%resource.").split(".")
    return names[1:] if names[0] in (base, "Resource", "DomainResource") else names


def paths_of(parameter: Mapping[str, Any], branch: str, base: str) -> Iterator[list[str]]:
    """The element names of an alternative of a search parameter, and of each component below it."""
    names = names_of(branch, base)
    yield names
    for component in parameter.get("component", ()):
        for inner in branches(component["expression"]):
            below = names_of(inner, base)
            yield below if inner.startswith("%resource") else [*names, *below]


def element_lines(found: Definitions) -> Iterator[str]:
    """Lines `path types… = systems…` under a heading for each type, for the elements on the paths
    of expressions. The path of an array ends with a star."""
    passed = Passed(found)
    for each in found.search_parameters():
        for base in each["base"]:
            for branch in branches(each["expression"]):
                if concerns(branch, base, found.resource_types):
                    for names in paths_of(each, branch, base):
                        passed.walk(base, names)
    for owner in sorted(passed.lines):
        yield f"\n[{owner}]"
        yield from (passed.lines[owner][name] for name in sorted(passed.lines[owner]))


def compiled(folder: Path) -> dict[str, str]:
    """The text of each table, by file name. `folder`: see the module."""
    found = Definitions(folder)
    return {
        "search_parameters.txt": _table(parameter_lines(found)),
        "elements.txt": _table(element_lines(found)),
        "compartments.txt": _table(compartment_lines(found)),
    }


def _table(lines: Iterator[str]) -> str:
    return SOURCE + "\n".join(lines) + "\n"


if __name__ == "__main__":
    for _name, _text in compiled(Path(sys.argv[1])).items():
        (TABLES / _name).write_text(_text, encoding="utf-8")
        sys.stdout.write(f"{TABLES / _name}: {len(_text.splitlines())} lines\n")
