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
    """The values of every table of a module that speaks of facts."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        target = getattr(node, "target", None)
        if isinstance(node, ast.AnnAssign) and getattr(target, "id", "") in _TABLES:
            assert isinstance(node.value, ast.Dict), ast.dump(node)
            told = [ast.literal_eval(each) for each in node.value.values]
            found |= {each.decode() if isinstance(each, bytes) else each for each in told}
    return found


_TABLES = {"BOARD_WATCHED", "ALERT_READ", "_TOLD"}
# Nothing that a service knows is that, so far (docs/decisions/0032).
_NOBODY_SAYS = {"journey-planned", "reminder-read", "reminder-sent"}


def test_services_speak_the_words_of_the_contract() -> None:
    said: dict[str, set[str]] = {}
    for service in SERVICES:
        for path in sorted((ROOT / "services" / service / "src").rglob("*.py")):
            if "FACT_HEADER" in path.read_text():
                said[str(path.relative_to(ROOT))] = named_beside_the_header(path)
    assert said
    for path, facts in said.items():
        assert facts, f"{path} uses the header and names no fact this test can see"
        assert facts <= words(), f"{path} says {sorted(facts - words())}"
    assert words() - set().union(*said.values()) == _NOBODY_SAYS


def test_the_header_is_one_the_door_keeps_to_itself() -> None:
    assert FACT_HEADER.startswith(b"x-regionlab-")
