"""Every fact that a service names is a word of the contract, so that the door does not drop it."""

import ast
from pathlib import Path
from typing import Any

from house_contracts import ROOT, schema

from socle.http import FACT_HEADER

SERVICES = ("mobilite", "esante", "portail", "pilotes")


def words() -> set[str]:
    """The closed vocabulary of `gateway.request-served.v2`."""
    line: dict[str, Any] = schema("gateway.request-served.v2")["$defs"]["ServedInPilot"]
    return set(line["properties"]["fact"]["enum"])


def named_beside_the_header(path: Path) -> set[str]:
    """The texts of every assignment to a module's or a class's name that speaks of facts."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        target = getattr(node, "target", None)
        if isinstance(node, ast.AnnAssign) and getattr(target, "id", "") in _TABLES:
            found |= {
                each.value.decode() if isinstance(each.value, bytes) else each.value
                for each in ast.walk(node)
                if isinstance(each, ast.Constant)
            }
    return found


_TABLES = {"BOARD_WATCHED", "ALERT_READ", "_OPENED"}
_TYPES = {"Composition", "DocumentReference"}


def test_services_speak_the_words_of_the_contract() -> None:
    said: dict[str, set[str]] = {}
    for service in SERVICES:
        for path in sorted((ROOT / "services" / service / "src").rglob("*.py")):
            if "FACT_HEADER" in path.read_text():
                said[str(path.relative_to(ROOT))] = named_beside_the_header(path) - _TYPES
    assert said
    for path, facts in said.items():
        assert facts, f"{path} uses the header and names no fact this test can see"
        assert facts <= words(), f"{path} says {sorted(facts - words())}"


def test_the_header_is_one_the_door_keeps_to_itself() -> None:
    assert FACT_HEADER.startswith(b"x-regionlab-")
