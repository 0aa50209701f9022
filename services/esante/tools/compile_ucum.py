"""Writes `core/domain/ucum/units.txt`: the prefixes and units of UCUM with their definitions.

    python services/esante/tools/compile_ucum.py ucum-essence.xml

The file is published by the UCUM Organization: https://ucum.org
"""

import sys
import xml.etree.ElementTree as ElementTree
from decimal import Decimal
from pathlib import Path

TARGET = Path(__file__).parents[1] / "src/esante/core/domain/ucum/units.txt"
_NAMESPACE = {"u": "http://unitsofmeasure.org/ucum-essence"}
_NOTICE = """\
# Written by tools/compile_ucum.py from ucum-essence.xml {version} ({date}).
# This product includes all or a portion of the UCUM table, UCUM codes, and UCUM definitions or is
# derived from it, subject to a license from Regenstrief Institute, Inc. and The UCUM Organization.
# Your use of the UCUM table, UCUM codes, UCUM definitions also is subject to this license, a copy
# of which is available at https://unitsofmeasure.org. The current complete UCUM table, UCUM
# Specification are available for download at https://unitsofmeasure.org. The UCUM table and UCUM
# codes are copyright © 1995-2009, Regenstrief Institute, Inc. and the Unified Codes for Units of
# Measures (UCUM) Organization. All rights reserved.
# [prefix]: code, factor. [base]: code. [unit]: code, whether it takes prefixes (metric), value and
# the unit of that value. [arbitrary], [special]: as [unit]; the value is 1, or names a function."""


def main(file: Path) -> None:
    """Write the table from the XML file."""
    root = ElementTree.parse(file).getroot()  # noqa: S314 - a file of the standard
    lines = [_NOTICE.format(version=root.get("version"), date=root.get("revision-date"))]
    lines.append("[prefix]")
    for each in root.findall("u:prefix", _NAMESPACE):
        lines.append(f"{each.get('Code')} {_number(each.find('u:value', _NAMESPACE))}")
    lines += [
        "[base]",
        *(str(each.get("Code")) for each in root.findall("u:base-unit", _NAMESPACE)),
    ]
    sections: dict[str, list[str]] = {"unit": [], "arbitrary": [], "special": []}
    for each in root.findall("u:unit", _NAMESPACE):
        section = (
            "special"
            if each.get("isSpecial") == "yes"
            else "arbitrary"
            if each.get("isArbitrary") == "yes"
            else "unit"
        )
        sections[section].append(_unit(each))
    for name, units in sections.items():
        lines += [f"[{name}]", *units]
    TARGET.write_text("\n".join(lines) + "\n", "utf-8")


def _unit(each: ElementTree.Element) -> str:
    metric = "metric" if each.get("isMetric") == "yes" else "-"
    value = each.find("u:value", _NAMESPACE)
    assert value is not None
    function = value.find("u:function", _NAMESPACE)
    if function is not None:
        return f"{each.get('Code')} {metric} {function.get('name')} {function.get('Unit')}"
    return f"{each.get('Code')} {metric} {_number(value)} {value.get('Unit')}"


def _number(value: ElementTree.Element | None) -> str:
    assert value is not None
    return format(Decimal(str(value.get("value"))), "f")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
