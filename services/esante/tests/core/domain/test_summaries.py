"""Summary elements, against the official definitions."""

import json

from official_r4 import official_folder

from esante.core.domain.structures import RESOURCE_TYPES
from esante.core.domain.summaries import summary_members


def test_a_summary_retains_what_r4_marks() -> None:
    members = ("id", "status", "valueQuantity", "_valueString", "component", "note", "text", "code")
    expected = {"id", "status", "valueQuantity", "_valueString", "component", "code"}
    assert summary_members("Observation", members) == expected


def test_every_type_is_known() -> None:
    folder = official_folder()
    for name in RESOURCE_TYPES:
        definition = json.loads((folder / f"StructureDefinition-{name}.json").read_text("utf-8"))
        for element in definition["snapshot"]["element"]:
            own = element["path"].split(".")[1:]
            if len(own) == 1:
                member = own[0].replace("[x]", "String")
                wanted = bool(element.get("isSummary") or element["min"] > 0)
                assert (summary_members(name, [member]) == {member}) is wanted, element["path"]
