"""Evaluates the rules of the patients that are due, and raises or ends their alerts.

A patient is evaluated in one transaction, with their row locked: the state of the alerts, the Flags
and the messages are written together. Whatever kills the process, a cause raises once.
"""

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from esante.home_care.domain.alert_resources import communication, flag
from esante.home_care.domain.evaluate import alert_text, evaluate
from esante.home_care.domain.readings import CIRCLE
from esante.home_care.domain.rule import Finding, Reading, Rule, RuleSet
from esante.home_care.ports import Alert, Evaluation, HomeCareStore, PrepareResource
from esante.store.ports import WriteConflict
from socle.clock import Clock
from socle.errors import Retry

log = logging.getLogger(__name__)

MOST_NOTIFICATIONS: Final = 10
"""Messages to the circles of a patient, in a day."""
_AT_ONCE: Final = 100
_PAUSE: Final = 0.5
"""Seconds between two looks for patients that are due."""
_LONGEST: Final = timedelta(days=1)
_REWRITTEN: Final = timedelta(hours=1)
"""An open Flag is written again no sooner, when its figures change."""
_IDS: Final = uuid.UUID("6e2f7a0c-4f0e-5b7e-9a53-0d3c7f1b2a94")


@dataclass(frozen=True, slots=True)
class EvaluationDependencies:
    """`count`: called with what has happened: evaluated, raised, ended, unknown, withheld.
    `report_overdue`: called with the seconds for which a patient is due at most."""

    store: HomeCareStore
    rules: RuleSet
    prepare: PrepareResource
    clock: Clock
    base: str
    count: Callable[[str], None]
    report_overdue: Callable[[float], None]


async def evaluate_patients(of: EvaluationDependencies) -> None:
    """Evaluate the patients that are due, until cancelled."""
    while True:
        try:
            found = await evaluate_due(of)
        except Retry:
            log.warning("the rules wait for the database", exc_info=True)
            found = 0
        if not found:
            await of.clock.sleep(_PAUSE)


async def evaluate_due(of: EvaluationDependencies) -> int:
    """Evaluate the patients that are due, at most a hundred; returns how many there were."""
    now = of.clock.now()
    patients = await of.store.list_due(now, _AT_ONCE)
    of.report_overdue((now - patients[0][1]).total_seconds() if patients else 0)
    done = 0
    for patient, _ in patients:
        try:
            done += await _evaluate_patient(patient, of)
        except WriteConflict:
            # Somebody has written the Flag meanwhile: the patient stays due.
            log.info("an alert is evaluated again")
    return done


async def _evaluate_patient(patient: str, of: EvaluationDependencies) -> bool:
    now = of.clock.now()
    async with of.store.evaluation(patient, now) as evaluation:
        if evaluation is None:
            return False
        readings: dict[str, list[Reading]] = {}
        for each in evaluation.readings:
            readings.setdefault(each.input, []).append(each)
        review = now + _LONGEST
        for rule in of.rules.rules:
            alert = evaluation.alerts.get(rule.id)
            raised = alert is not None and alert.state == "raised"
            finding = _evaluate(rule, of.rules, readings, raised=raised, now=now)
            if finding.review is not None and finding.review > now:
                review = min(review, finding.review)
            await _apply(rule, finding, alert, evaluation, now, of)
        evaluation.review = review
    of.count("evaluated")
    return True


def _evaluate(
    rule: Rule, rules: RuleSet, readings: dict[str, list[Reading]], *, raised: bool, now: datetime
) -> Finding:
    try:
        return evaluate(rule, rules, readings, raised=raised, now=now)
    except (ArithmeticError, ValueError):
        # One rule never stops the others.
        log.exception("the rule %s cannot be evaluated", rule.id)
        return Finding("unknown", "une valeur n’est pas calculable.")


async def _apply(
    rule: Rule,
    finding: Finding,
    alert: Alert | None,
    evaluation: Evaluation,
    now: datetime,
    of: EvaluationDependencies,
) -> None:
    """Write what has changed since the last evaluation."""
    before = "normal" if alert is None else alert.state
    if finding.state == before == "normal":
        return
    if finding.state == "unknown" and before == "raised":
        # An alert of which nothing can be said any more stays open.
        log.warning("an open alert of the rule %s cannot be evaluated", rule.id)
        of.count("unknown")
        return
    text = "" if finding.state == "normal" else alert_text(rule, finding)
    if finding.state == before:
        assert alert is not None
        stale = text != alert.message and now - alert.written >= _REWRITTEN
        if finding.state == "unknown" or not stale:
            return
    if alert is None:
        alert = Alert(rule.id, "normal", 0, now, "", now, None)
    starts = finding.state != before and finding.state != "normal"
    if starts:
        alert.episode += 1
        alert.since = finding.since or now
    if "raised" in (finding.state, before):
        await _write_flag(rule, finding, alert, text, evaluation, now, of)
    if starts:
        await _notify(rule, finding, alert, text, evaluation, now, of)
    of.count({"normal": "ended", "raised": "raised", "unknown": "unknown"}[finding.state])
    alert.state, alert.message, alert.written = finding.state, text or alert.message, now
    evaluation.changed.append(alert)


async def _write_flag(
    rule: Rule,
    finding: Finding,
    alert: Alert,
    text: str,
    evaluation: Evaluation,
    now: datetime,
    of: EvaluationDependencies,
) -> None:
    ended = now if finding.state == "normal" else None
    flag_id = _id(evaluation.patient, rule, "flag")
    (state,) = await evaluation.transaction.find_for_update([("Flag", flag_id)])
    if state.text is None and alert.state == "raised":
        # Somebody has deleted it: it comes back with the next alert.
        return
    content = flag(
        rule,
        evaluation.patient,
        base=of.base,
        text=text or alert.message,
        since=alert.since,
        ended=ended,
    )
    await evaluation.transaction.write([of.prepare(content, "Flag", flag_id, state)])


async def _notify(
    rule: Rule,
    finding: Finding,
    alert: Alert,
    text: str,
    evaluation: Evaluation,
    now: datetime,
    of: EvaluationDependencies,
) -> None:
    quiet = alert.notified is not None and now - alert.notified < rule.quiet
    if quiet or evaluation.notified >= MOST_NOTIFICATIONS:
        of.count("withheld")
        return
    evaluation.notified += 1
    alert.notified = now
    if evaluation.notified == MOST_NOTIFICATIONS:
        text += " D’autres alertes du jour ne seront pas annoncées : elles sont dans le dossier."
    message_id = _id(evaluation.patient, rule, f"message-{alert.episode}")
    (state,) = await evaluation.transaction.find_for_update([("Communication", message_id)])
    about = _id(evaluation.patient, rule, "flag") if finding.state == "raised" else None
    circles = [each.id for each in evaluation.readings if each.input == CIRCLE]
    content = communication(
        rule, evaluation.patient, circles, base=of.base, text=text, sent=now, about=about
    )
    await evaluation.transaction.write([of.prepare(content, "Communication", message_id, state)])


def _id(patient: str, rule: Rule, what: str) -> str:
    """An id that follows from its arguments: the same alert is never written twice."""
    return str(uuid.uuid5(_IDS, f"{patient}/{rule.id}/{what}"))
