"""Every fact that a service sends is in the contract, so that the gateway does not drop it."""

import ast
from pathlib import Path
from typing import Any

from contract_files import ROOT, schema

from pilotes.record.domain.usage_facts import FACTS, UNSENT
from socle.http import FACT_HEADER

SERVICES = ("mobilite", "esante", "portail", "pilotes")


def words() -> set[str]:
    """The closed vocabulary of `gateway.request-served.v2`."""
    line: dict[str, Any] = schema("gateway.request-served.v2")["$defs"]["ServedInPilot"]
    return set(line["properties"]["fact"]["enum"])


def facts_in_module(path: Path) -> set[str]:
    """The facts in the tables of a module: dictionaries of literals, one a known fact at least."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.AnnAssign) and isinstance(node.value, ast.Dict):
            literals = [each.value for each in node.value.values if isinstance(each, ast.Constant)]
            facts = {v.decode() if isinstance(v, bytes) else str(v) for v in literals}
            if len(literals) == len(node.value.values) and facts & words():
                found |= facts
    return found


# Facts of the contract that no service sends yet (docs/decisions/0032).
_WITHOUT_SERVICE = {"journey-planned"}


def test_services_send_the_facts_of_the_contract() -> None:
    sent: dict[str, set[str]] = {}
    for service in SERVICES:
        for path in sorted((ROOT / "services" / service / "src").rglob("*.py")):
            if "FACT_HEADER" in path.read_text():
                sent[str(path.relative_to(ROOT))] = facts_in_module(path)
    assert sent
    for path, facts in sent.items():
        assert facts, f"{path} uses the header and names no fact this test can see"
        assert facts <= words(), f"{path} sends {sorted(facts - words())}"
    assert words() - set().union(*sent.values()) == _WITHOUT_SERVICE


def test_an_indicator_can_count_exactly_the_facts_of_the_contract() -> None:
    assert set(FACTS) == words()
    assert UNSENT == _WITHOUT_SERVICE


def test_the_gateway_removes_the_header() -> None:
    assert FACT_HEADER.startswith(b"x-regionlab-")
