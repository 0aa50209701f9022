"""`python -m esante try-rules RULES RESOURCES [--at INSTANT] [--truths FILE]`: what the rules would
raise, in French, without a server.

RULES: a file of rules, or `-` for those of the product. RESOURCES: NDJSON, in any order.
--truths: a line of JSON for each patient, `{"patient": id, "alarms": [ids of rules]}`, as
`regionlab population write` writes it; the false alarms of each rule are counted.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from esante.core.domain.json_parser import parse_json
from esante.home_care.adapters.rule_file import parse_rules, shipped_rules
from esante.home_care.domain.evaluate import alert_text, evaluate
from esante.home_care.domain.false_alarms import count_false_alarms
from esante.home_care.domain.readings import CIRCLE, read_resource
from esante.home_care.domain.rule import Reading, RuleSet
from socle.errors import Refusal

NAME = "try-rules"


def try_rules(arguments: Sequence[str]) -> int:
    """Print what the rules say; the exit code: 64 for files that cannot be read."""
    parser = argparse.ArgumentParser(prog=f"python -m esante {NAME}")
    parser.add_argument("rules", help="fichier de règles (TOML) ; - : celles du produit")
    parser.add_argument("resources", type=Path, help="ressources FHIR, une par ligne")
    parser.add_argument("--at", type=datetime.fromisoformat, help="instant de l'évaluation")
    parser.add_argument("--truths", type=Path, help="ce qui devrait être signalé (NDJSON)")
    given = parser.parse_args(arguments)
    try:
        text = None if given.rules == "-" else Path(given.rules).read_text("utf-8")
        rules = shipped_rules() if text is None else parse_rules(text)
        now = (given.at or datetime.now(UTC)).astimezone(UTC)
        with given.resources.open("rb") as lines:
            patients, old = _read(lines, rules, now)
        raised = _print_findings(patients, rules, now)
        if old:
            _write_line(f"{old} mesure(s) de plus de 30 jours ne comptent pas.")
        if given.truths is not None:
            for each in count_false_alarms(rules, raised, _read_truths(given.truths)):
                _write_line(str(each))
    except (Refusal, OSError, ValueError) as error:
        sys.stderr.write(f"{getattr(error, 'message', str(error))}\n")
        return 64
    return 0


def _read(
    lines: Iterable[bytes], rules: RuleSet, now: datetime
) -> tuple[dict[str, list[Reading]], int]:
    """The readings of each patient, oldest first, and how many are too old."""
    found: dict[str, list[Reading]] = {}
    total = 0
    for line in lines:
        if line.strip():
            resource = parse_json(line)
            readings, old = read_resource(resource, tuple(rules.inputs.values()), base="", now=now)
            total += old
            for each in readings:
                found.setdefault(each.patient, []).append(each)
    return {each: sorted(found[each], key=lambda one: one.at) for each in sorted(found)}, total


def _read_truths(path: Path) -> dict[str, list[object]]:
    """The ids of the rules that should be raised, by patient. Raises Refusal."""
    found: dict[str, list[object]] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        truth = json.loads(line)
        alarms = truth.get("alarms") if isinstance(truth, dict) else None
        if not isinstance(alarms, list) or "patient" not in truth:
            raise Refusal("invalid", f"{path.name}, ligne {number} : patient ou alarms manque.")
        found[str(truth["patient"])] = alarms
    return found


def _print_findings(
    patients: Mapping[str, Sequence[Reading]], rules: RuleSet, now: datetime
) -> dict[str, set[str]]:
    """The ids of the rules that are raised, by patient."""
    raised: dict[str, set[str]] = {}
    for patient, readings in patients.items():
        by_input: dict[str, list[Reading]] = {}
        for each in readings:
            if each.input != CIRCLE:
                by_input.setdefault(each.input, []).append(each)
        raised[patient] = set()
        for rule in rules.rules:
            finding = evaluate(rule, rules, by_input, raised=False, now=now)
            if finding.state != "normal":
                _write_line(f"Patient/{patient} : {alert_text(rule, finding)}")
            if finding.state == "raised":
                raised[patient].add(rule.id)
    _write_line(f"{len(patients)} patient(s), {sum(map(len, raised.values()))} alerte(s).")
    return raised


def _write_line(line: str) -> None:
    sys.stdout.write(f"{line}\n")
