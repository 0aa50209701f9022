"""Writes `core/domain/r4/summaries.txt`: the elements of each type in `_summary=true`.

    python services/esante/tools/compile_summaries.py FOLDER

FOLDER: the npm package hl7.fhir.r4.examples@4.0.1 (HL7, CC0), unpacked. Elements that R4 marks
`isSummary` are included, and mandatory ones (https://hl7.org/fhir/R4/search.html#summary).
"""

import json
import sys
from pathlib import Path

TARGET = Path(__file__).parents[1] / "src/esante/core/domain/r4/summaries.txt"


def main(folder: Path) -> None:
    """Write the table from the StructureDefinitions of the resource types."""
    lines = ["# Written by tools/compile_summaries.py from hl7.fhir.r4.examples@4.0.1 (HL7, CC0)."]
    for file in sorted(folder.glob("StructureDefinition-*.json")):
        definition = json.loads(file.read_text("utf-8"))
        if (
            definition.get("kind") == "resource"
            and definition.get("derivation") == "specialization"
        ):
            lines += summary_line(definition)
    TARGET.write_text("\n".join(lines) + "\n", "utf-8")


def summary_line(definition: dict) -> list[str]:
    """The line of a type: its name, then its elements, a choice as `name[x]`. Empty if abstract."""
    name = definition["type"]
    if definition["abstract"]:
        return []
    names = [
        element["path"].split(".")[1]
        for element in definition["snapshot"]["element"]
        if element["path"].count(".") == 1 and (element.get("isSummary") or element["min"] > 0)
    ]
    return [" ".join((name, *dict.fromkeys(names)))]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
