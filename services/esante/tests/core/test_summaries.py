"""What a summary keeps, against the official definitions."""

import json

from official_r4 import official_folder

from esante.core.domain.structures import RESOURCE_TYPES
from esante.core.domain.summaries import summary_members


def test_a_summary_keeps_what_r4_says() -> None:
    members = ("id", "status", "valueQuantity", "_valueString", "component", "note", "text", "code")
    kept = {"id", "status", "valueQuantity", "_valueString", "component", "code"}
    assert summary_members("Observation", members) == kept


def test_every_type_is_known() -> None:
    folder = official_folder()
    for name in RESOURCE_TYPES:
        told = json.loads((folder / f"StructureDefinition-{name}.json").read_text("utf-8"))
        for element in told["snapshot"]["element"]:
            own = element["path"].split(".")[1:]
            if len(own) == 1:
                member = own[0].replace("[x]", "String")
                wanted = bool(element.get("isSummary") or element["min"] > 0)
                assert (summary_members(name, [member]) == {member}) is wanted, element["path"]
