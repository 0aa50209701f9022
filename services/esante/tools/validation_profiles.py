"""The tables of the profiles of R4; of extensions in the notation of `…/profiles/fr_core.txt`."""

import json
import re
from collections.abc import Iterator
from typing import Any

HOME = "http://hl7.org/fhir/"
STRUCTURES = HOME + "StructureDefinition/"
MANY = 40
ANYWHERE = re.compile("/structuredefinition-|/regex$")

Json = dict[str, Any]


def extensions(definitions: list[Json]) -> str:
    """The text of r4_extensions.txt. `definitions`: StructureDefinitions."""
    blocks = [
        "\n".join(lines_of(each))
        for each in definitions
        if each["type"] == "Extension" and each.get("derivation") == "constraint"
    ]
    return "\n\n".join(blocks) + "\n"


def lines_of(definition: Json) -> Iterator[str]:
    """The lines of one extension."""
    root, *elements = definition["snapshot"]["element"]
    yield f"{definition['url'].replace(STRUCTURES, 'hl7/')}: Extension"
    contexts = [each["expression"] for each in definition.get("context", ())]
    # HL7 has these on every definition, not only where they are declared.
    if contexts and not ANYWHERE.search(definition["url"]):
        yield "  on " + " ".join(sorted(contexts))
    if root["max"] == "1":
        yield "  once"
    if root.get("isModifier"):
        yield "  modifier"
    for element in elements:
        identity = element["id"].removeprefix("Extension.")
        if identity.rpartition(".")[2] not in ("id", "url") and (words := rule_of(element)):
            yield f"  {identity} {words}"


def rule_of(element: Json) -> str:
    """The rule of an element; empty without any."""
    words = []
    if element["min"] or element["max"] != element["base"]["max"]:
        words.append(f"{element['min'] or ''}..{element['max']}")
    is_value = element["path"].endswith("value[x]") and element["max"] != "0"
    types = element.get("type", ()) if is_value else ()
    # Where any type is allowed, all are listed.
    if 0 < len(types) < MANY:
        words.append(":" + ",".join(each["code"] for each in types))
    targets = [
        url.removeprefix(STRUCTURES)
        for each in types
        for url in each.get("targetProfile", ())
        if each["code"] == "Reference" and url != STRUCTURES + "Resource"
    ]
    if targets:
        words.append("->" + ",".join(targets))
    binding = element.get("binding", {})
    if binding.get("strength") == "required":
        url = binding["valueSet"].partition("|")[0]
        words.append("!" + url.replace(HOME + "ValueSet/", "hl7/"))
    return " ".join(words)


READ = ("id", "path", "min", "max", "slicing", "sliceName", "type", "binding")
"""The members of ElementDefinition that profiles are compared by; and `fixed…`, `pattern…`."""


def profiles(definitions: list[Json]) -> str:
    """The text of r4_profiles.jsonl: a line for each profile of a resource type, reduced."""
    return "".join(
        json.dumps(reduced(each), ensure_ascii=False) + "\n"
        for each in sorted(definitions, key=lambda each: each["url"])
        if each.get("derivation") == "constraint"
        and each["kind"] == "resource"
        and each["url"].startswith(STRUCTURES)
    )


def bound(definitions: list[Json]) -> set[str]:
    """The canonicals of the value sets of required bindings in profiles."""
    return {
        element["binding"]["valueSet"].partition("|")[0]
        for each in definitions
        if each.get("derivation") == "constraint"
        for element in each["differential"]["element"]
        if element.get("binding", {}).get("strength") == "required"
    }


def reduced(definition: Json) -> Json:
    """A StructureDefinition without what is not compared."""
    elements = [
        {
            key: value
            for key, value in element.items()
            if key in READ or key.startswith(("fixed", "pattern"))
        }
        | invariants_of(element)
        for element in definition["differential"]["element"]
    ]
    return {
        "url": definition["url"],
        "type": definition["type"],
        "baseDefinition": definition["baseDefinition"],
        "differential": {"element": [each for each in elements if len(each) > 2]},
    }


def invariants_of(element: Json) -> Json:
    """The member of the invariants of an element, reduced; none without any."""
    found = [
        {key: each[key] for key in ("key", "severity", "human", "expression")}
        for each in element.get("constraint", ())
    ]
    return {"constraint": found} if found else {}
