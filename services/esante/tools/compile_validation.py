"""Writes the tables of validation and terminology from the official R4 definitions.

    .venv/bin/python services/esante/tools/compile_validation.py FOLDER [TARGET]

FOLDER: `package/` of the npm package hl7.fhir.r4.examples@4.0.1 (CC0-1.0). The tables are written
below `src/esante`, where they are committed (or below TARGET, for a test):
`core/domain/r4/structures.txt`, `validation/domain/invariants.tsv`,
`validation/domain/profiles/{r4_extensions.txt,r4_profiles.jsonl}`,
`terminology/domain/{code_systems,value_sets}.jsonl`.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from validation_invariants import judged
from validation_profiles import bound, extensions, profiles

SOURCE = Path(__file__).parents[1] / "src" / "esante"
STRUCTURES = "http://hl7.org/fhir/StructureDefinition/"
CURRENCIES = "http://hl7.org/fhir/ValueSet/currencies"
HOME = ("http://hl7.org/fhir/", "http://terminology.hl7.org/")
"""The beginnings of the canonicals that HL7 defines."""

Json = dict[str, Any]


def read(folder: Path, resource_type: str) -> Iterator[Json]:
    """The resources of that type in the folder, in the order of the file names."""
    for path in sorted(folder.glob(f"{resource_type}-*.json")):
        resource = json.loads(path.read_text("utf-8"))
        if resource.get("resourceType") == resource_type:
            yield resource


def types(folder: Path) -> list[Json]:
    """The StructureDefinitions of the resource types and complex data types of R4, abstract ones
    included."""
    return [
        each
        for each in read(folder, "StructureDefinition")
        if each["kind"] in ("resource", "complex-type")
        and each.get("derivation") != "constraint"
        and each["url"] == STRUCTURES + each["type"]
    ]


def type_of(path: str, element_type: Json) -> str:
    """A type of an element as in the table: `Reference(Patient)`; the path of a backbone element.

    `element_type`: an entry of ElementDefinition.type.
    """
    code = element_type["code"]
    if code.startswith("http://hl7.org/fhirpath/"):
        return next(
            (e["valueUrl"] for e in element_type.get("extension", ()) if "fhir-type" in e["url"]),
            "string",
        )
    if code in ("BackboneElement", "Element") and "." in path:
        return path
    if element_type.get("profile") == [STRUCTURES + "SimpleQuantity"]:
        return "SimpleQuantity"
    if code == "Reference":
        targets = sorted(
            url.removeprefix(STRUCTURES) for url in element_type.get("targetProfile", ())
        )
        return f"Reference({','.join(targets)})" if targets else code
    return str(code)


def element_line(element: Json) -> str:
    """The line of an element; the format is described in `esante.core.domain.structures`."""
    path = element["path"]
    reference = element.get("contentReference")
    if reference:
        types = [reference.removeprefix("#")]
    else:
        types = [type_of(path, each) for each in element["type"]]
    if path == "Resource.id":
        types = ["id"]
    binding = element.get("binding", {})
    if binding.get("strength") == "required":
        types.append("!" + binding["valueSet"].partition("|")[0])
    name = path.rpartition(".")[2]
    return f" {name} {element['min']}..{element['max']} {' '.join(types)}"


def elements(definitions: list[Json]) -> str:
    """The text of structures.txt."""
    # R4 defines this data type as a constraint of Quantity.
    blocks: dict[str, list[str]] = {"SimpleQuantity": ["SimpleQuantity < Quantity"]}
    for each in definitions:
        name = each["type"]
        above = each.get("baseDefinition", "").removeprefix(STRUCTURES)
        blocks[name] = [f"{name} < {above}" if above else name]
        for element in each["snapshot"]["element"][1:]:
            path = element["path"]
            parent = path.rpartition(".")[0]
            if element["base"]["path"] != path and not path.startswith("xhtml"):
                continue  # inherited: listed under the type that defines it
            codes = [element_type["code"] for element_type in element.get("type", ())]
            if codes in (["BackboneElement"], ["Element"]):
                blocks[path] = [f"{path} < {codes[0]}"]
            blocks[parent].append(element_line(element))
    return "\n".join("\n".join(lines) for lines in blocks.values()) + "\n"


def invariants(definitions: list[Json]) -> str:
    """The text of invariants.tsv; the columns are described in `…validation.domain.constraints`."""
    rows: dict[tuple[str, str], str] = {}
    for each in definitions:
        name = each["type"]
        for element in each["snapshot"]["element"]:
            path = element["path"]
            if element["base"]["path"] != path:
                continue
            for constraint in element.get("constraint", ()):
                source = constraint.get("source", "").removeprefix(STRUCTURES)
                if (source and source != name) or "expression" not in constraint:
                    continue
                if constraint["key"] == "ele-1" and path != "Element":
                    continue
                if constraint["key"] == "ext-1" and path != "Extension":
                    continue
                row = (
                    path,
                    constraint["key"],
                    constraint["severity"],
                    judged(constraint),
                    constraint["expression"],
                    constraint["human"],
                )
                rows[path, constraint["key"]] = "\t".join(" ".join(cell.split()) for cell in row)
    return "\n".join(rows.values()) + "\n"


def concept(source: Json, *, defined: bool) -> Json:
    """A concept with its descendants, reduced. `defined`: whether to include definitions."""
    keys = ("code", "display", "definition") if defined else ("code", "display")
    concept_json = {key: source[key] for key in keys if key in source}
    if concept_json.get("definition") in (concept_json.get("display"), "", None):
        concept_json.pop("definition", None)
    properties = [
        p
        for p in source.get("property", ())
        if p["code"] in ("subsumedBy", "notSelectable", "status", "deprecated")
        and p.get("valueCode") != "active"
    ]
    if properties:
        concept_json["property"] = properties
    if "designation" in source:
        concept_json["designation"] = [{"value": d["value"]} for d in source["designation"]]
    if "concept" in source:
        concept_json["concept"] = [concept(each, defined=defined) for each in source["concept"]]
    return concept_json


def code_systems(folder: Path) -> Iterator[Json]:
    """The code systems of HL7 that have concepts, reduced."""
    for each in read(folder, "CodeSystem"):
        if not each["url"].startswith(HOME) or "concept" not in each:
            continue
        code_system = {"url": each["url"]}
        for key in ("version", "name", "title", "content", "caseSensitive"):
            if key in each:
                code_system[key] = each[key]
        # Without the definitions of HL7 V2 and V3, which would double the size of the table.
        defined = each["url"].startswith("http://hl7.org/fhir/")
        yield code_system | {
            "concept": [concept(source, defined=defined) for source in each["concept"]]
        }


def currencies(folder: Path) -> Json:
    """A compose of the codes of ISO 4217, which R4 lists only in an expansion."""
    bundle = json.loads((folder / "Bundle-valueset-expansions.json").read_text("utf-8"))
    resources = (entry["resource"] for entry in bundle["entry"])
    listed = next(each for each in resources if each.get("url") == CURRENCIES)["expansion"][
        "contains"
    ]
    concepts = [{"code": each["code"], "display": each["display"]} for each in listed]
    return {"include": [{"system": listed[0]["system"], "concept": concepts}]}


def value_sets(folder: Path, required: set[str]) -> Iterator[Json]:
    """The value sets of HL7 with their compose, reduced.

    One that includes code systems of others is left out, unless a required binding refers to it.
    `required`: the canonicals of the value sets of required bindings.
    """
    for each in read(folder, "ValueSet"):
        compose = currencies(folder) if each["url"] == CURRENCIES else each.get("compose")
        if compose is None or not each["url"].startswith(HOME):
            continue
        both = [*compose.get("include", ()), *compose.get("exclude", ())]
        at_home = all(part.get("system", HOME[0]).startswith(HOME) for part in both)
        if not at_home and each["url"] not in required:
            continue
        value_set = {"url": each["url"]}
        for key in ("version", "name", "title"):
            if key in each:
                value_set[key] = each[key]
        yield value_set | {
            "compose": {key: compose[key] for key in ("include", "exclude") if key in compose}
        }


def lines(resources: Iterator[Json]) -> str:
    """The text of a table: a line of JSON for each resource, sorted by canonical."""
    by_url = {}
    for each in resources:
        by_url.setdefault(each["url"], json.dumps(each, ensure_ascii=False))
    return "\n".join(by_url[url] for url in sorted(by_url)) + "\n"


def main() -> None:
    folder = Path(sys.argv[1])
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else SOURCE
    definitions = types(folder)
    every = list(read(folder, "StructureDefinition"))
    table = elements(definitions)
    required = {word[1:] for word in table.split() if word.startswith("!")} | bound(every)
    tables = {
        "core/domain/r4/structures.txt": table,
        "validation/domain/invariants.tsv": invariants(definitions),
        "validation/domain/profiles/r4_extensions.txt": extensions(every),
        "validation/domain/profiles/r4_profiles.jsonl": profiles(every),
        "terminology/domain/code_systems.jsonl": lines(code_systems(folder)),
        "terminology/domain/value_sets.jsonl": lines(value_sets(folder, required)),
    }
    for name, text in tables.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
