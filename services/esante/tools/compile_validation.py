"""Writes the tables of validation and terminology from the official R4 definitions.

    .venv/bin/python services/esante/tools/compile_validation.py FOLDER [TARGET]

FOLDER: `package/` of the npm package hl7.fhir.r4.examples@4.0.1 (CC0-1.0). Written, to be
committed, below `src/esante` (or TARGET, for a test): `core/domain/r4/structures.txt`,
`validation/domain/invariants.tsv`, `terminology/domain/{code_systems,value_sets}.jsonl`.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from validation_invariants import judged

SOURCE = Path(__file__).parents[1] / "src" / "esante"
STRUCTURES = "http://hl7.org/fhir/StructureDefinition/"
CURRENCIES = "http://hl7.org/fhir/ValueSet/currencies"
HOME = ("http://hl7.org/fhir/", "http://terminology.hl7.org/")

Json = dict[str, Any]


def read(folder: Path, resource_type: str) -> Iterator[Json]:
    for path in sorted(folder.glob(f"{resource_type}-*.json")):
        resource = json.loads(path.read_text("utf-8"))
        if resource.get("resourceType") == resource_type:
            yield resource


def types(folder: Path) -> list[Json]:
    """The resource and data types of R4, abstract ones included; no profiles, no primitives."""
    return [
        each
        for each in read(folder, "StructureDefinition")
        if each["kind"] in ("resource", "complex-type")
        and each.get("derivation") != "constraint"
        and each["url"] == STRUCTURES + each["type"]
    ]


def type_of(path: str, element_type: Json) -> str:
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
    # The one type that R4 makes by constraint and uses everywhere.
    blocks: dict[str, list[str]] = {"SimpleQuantity": ["SimpleQuantity < Quantity"]}
    for each in definitions:
        name = each["type"]
        above = each.get("baseDefinition", "").removeprefix(STRUCTURES)
        blocks[name] = [f"{name} < {above}" if above else name]
        for element in each["snapshot"]["element"][1:]:
            path = element["path"]
            parent = path.rpartition(".")[0]
            if element["base"]["path"] != path and not path.startswith("xhtml"):
                continue  # written where it is defined
            codes = [element_type["code"] for element_type in element.get("type", ())]
            if codes in (["BackboneElement"], ["Element"]):
                blocks[path] = [f"{path} < {codes[0]}"]
            blocks[parent].append(element_line(element))
    return "\n".join("\n".join(lines) for lines in blocks.values()) + "\n"


def invariants(definitions: list[Json]) -> str:
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
    if "concept" in source:
        concept_json["concept"] = [concept(each, defined=defined) for each in source["concept"]]
    return concept_json


def code_systems(folder: Path) -> Iterator[Json]:
    for each in read(folder, "CodeSystem"):
        if not each["url"].startswith(HOME) or "concept" not in each:
            continue
        code_system = {"url": each["url"]}
        for key in ("version", "name", "title", "content", "caseSensitive"):
            if key in each:
                code_system[key] = each[key]
        # The definitions of HL7 V2 and V3 would be as long again as all the rest.
        defined = each["url"].startswith("http://hl7.org/fhir/")
        yield code_system | {
            "concept": [concept(source, defined=defined) for source in each["concept"]]
        }


def currencies(folder: Path) -> Json:
    """The codes of ISO 4217, which R4 lists in an expansion alone."""
    bundle = json.loads((folder / "Bundle-valueset-expansions.json").read_text("utf-8"))
    resources = (entry["resource"] for entry in bundle["entry"])
    listed = next(each for each in resources if each.get("url") == CURRENCIES)["expansion"][
        "contains"
    ]
    concepts = [{"code": each["code"], "display": each["display"]} for each in listed]
    return {"include": [{"system": listed[0]["system"], "concept": concepts}]}


def value_sets(folder: Path, required: set[str]) -> Iterator[Json]:
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
    by_url = {}
    for each in resources:
        by_url.setdefault(each["url"], json.dumps(each, ensure_ascii=False))
    return "\n".join(by_url[url] for url in sorted(by_url)) + "\n"


def main() -> None:
    folder = Path(sys.argv[1])
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else SOURCE
    definitions = types(folder)
    table = elements(definitions)
    required = {word[1:] for word in table.split() if word.startswith("!")}
    tables = {
        "core/domain/r4/structures.txt": table,
        "validation/domain/invariants.tsv": invariants(definitions),
        "terminology/domain/code_systems.jsonl": lines(code_systems(folder)),
        "terminology/domain/value_sets.jsonl": lines(value_sets(folder, required)),
    }
    for name, text in tables.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_text(text, "utf-8")


if __name__ == "__main__":
    main()
