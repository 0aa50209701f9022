"""Evaluates the rules of the patients that are due, and raises or ends their alerts.

A patient is evaluated in one transaction, with their row locked: the state of the alerts, the Flags
and the messages are written together. Whatever kills the process, a cause raises once.
"""

import asyncio
import logging
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from esante.home_care.domain.alert_resources import communication, flag
from esante.home_care.domain.evaluate import alert_text, evaluate
from esante.home_care.domain.readings import CIRCLE
from esante.home_care.domain.rule import WINDOW, Finding, Reading, Rule, RuleSet
from esante.home_care.ports import Alert, DuePatient, Evaluation, HomeCareStore, PrepareResource
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
    """Evaluate the patients that are due, at most a hundred; returns how many were evaluated."""
    now = of.clock.now()
    patients = await of.store.list_due(now, _AT_ONCE)
    of.report_overdue((now - patients[0].since).total_seconds() if patients else 0)
    # At once, on all connections of the role: each waits for the database most of the time.
    reviews = await asyncio.gather(*(_review_if_unchanged(each.patient, of) for each in patients))
    done, unchanged = 0, dict[DuePatient, datetime]()
    for each, review in zip(patients, reviews, strict=True):
        if review is not None:
            unchanged[each] = review
            continue
        try:
            done += await _evaluate_patient(each.patient, of)
        except WriteConflict:
            # Somebody has written the Flag meanwhile: the patient stays due.
            log.info("an alert is evaluated again")
    if unchanged:
        postponed = await of.store.postpone(unchanged)
        for _ in range(postponed):
            of.count("evaluated")
        done += postponed
    return done


async def _review_if_unchanged(patient: str, of: EvaluationDependencies) -> datetime | None:
    """When to evaluate the patient next, if there is nothing to write now: most changes raise and
    end nothing, and need no transaction. None: there is something to write or to forget."""
    now = of.clock.now()
    readings, alerts = await of.store.read(patient)
    if any(each.at < now - WINDOW and each.input != CIRCLE for each in readings):
        return None
    findings, review = _judge(readings, alerts, now, of)
    for rule, finding in findings:
        alert = alerts.get(rule.id)
        if finding.state == "unknown" and alert is not None and alert.state == "raised":
            log.warning("an open alert of the rule %s cannot be evaluated", rule.id)
            of.count("unknown")
        if not _is_up_to_date(rule, finding, alert, now):
            return None
    return review


async def _evaluate_patient(patient: str, of: EvaluationDependencies) -> bool:
    now = of.clock.now()
    async with of.store.evaluation(patient, now) as evaluation:
        if evaluation is None:
            return False
        findings, evaluation.review = _judge(evaluation.readings, evaluation.alerts, now, of)
        for rule, finding in findings:
            alert = evaluation.alerts.get(rule.id)
            if not _is_up_to_date(rule, finding, alert, now):
                await _apply(rule, finding, alert, evaluation, now, of)
    of.count("evaluated")
    return True


def _judge(
    read: Sequence[Reading], alerts: Mapping[str, Alert], now: datetime, of: EvaluationDependencies
) -> tuple[Sequence[tuple[Rule, Finding]], datetime]:
    """The finding of each rule, and when time alone can change one."""
    readings: dict[str, list[Reading]] = {}
    for each in read:
        readings.setdefault(each.input, []).append(each)
    findings, review = [], now + _LONGEST
    for rule in of.rules.rules:
        alert = alerts.get(rule.id)
        raised = alert is not None and alert.state == "raised"
        finding = _evaluate(rule, of.rules, readings, raised=raised, now=now)
        if finding.review is not None and finding.review > now:
            review = min(review, finding.review)
        findings.append((rule, finding))
    return findings, review


def _is_up_to_date(rule: Rule, finding: Finding, alert: Alert | None, now: datetime) -> bool:
    """Whether the stored alert needs no write: it has the state of the finding, and its text if it
    was written more than an hour ago."""
    before = "normal" if alert is None else alert.state
    if finding.state == "unknown" and before == "raised":
        # An alert of which nothing can be said any more stays open.
        return True
    if alert is None or finding.state != before:
        return finding.state == before
    if finding.state != "raised" or now - alert.written < _REWRITTEN:
        return True
    return alert_text(rule, finding) == alert.message


def _evaluate(
    rule: Rule, rules: RuleSet, readings: dict[str, list[Reading]], *, raised: bool, now: datetime
) -> Finding:
    try:
        return evaluate(rule, rules, readings, raised=raised, now=now)
    except (ArithmeticError, ValueError):
        # One rule never stops the others.
        log.exception("the rule %s cannot be evaluated", rule.id)
        return Finding("unknown", "une valeur n’est pas calculable.")


@dataclass(frozen=True, slots=True)
class _Change:
    """What a rule has found, where it differs from the last evaluation."""

    rule: Rule
    finding: Finding
    alert: Alert
    text: str
    """For people; empty once nothing is found any more."""
    now: datetime


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
    text = "" if finding.state == "normal" else alert_text(rule, finding)
    if alert is None:
        alert = Alert(rule.id, "normal", 0, now, "", now, None)
    starts = finding.state != before and finding.state != "normal"
    if starts:
        alert.episode += 1
        alert.since = finding.since or now
    change = _Change(rule, finding, alert, text, now)
    if "raised" in (finding.state, before):
        await _write_flag(change, evaluation, of)
    if starts:
        await _notify(change, evaluation, of)
    of.count({"normal": "ended", "raised": "raised", "unknown": "unknown"}[finding.state])
    alert.state, alert.message, alert.written = finding.state, text or alert.message, now
    evaluation.changed.append(alert)


async def _write_flag(change: _Change, evaluation: Evaluation, of: EvaluationDependencies) -> None:
    rule, alert = change.rule, change.alert
    ended = change.now if change.finding.state == "normal" else None
    flag_id = _id(evaluation.patient, rule, "flag")
    (state,) = await evaluation.transaction.find_for_update([("Flag", flag_id)])
    if state.text is None and alert.state == "raised":
        # Somebody has deleted it: it comes back with the next alert.
        return
    content = flag(
        rule,
        evaluation.patient,
        base=of.base,
        text=change.text or alert.message,
        since=alert.since,
        ended=ended,
    )
    await evaluation.transaction.write([of.prepare(content, "Flag", flag_id, state)])


async def _notify(change: _Change, evaluation: Evaluation, of: EvaluationDependencies) -> None:
    rule, alert, text, now = change.rule, change.alert, change.text, change.now
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
    about = _id(evaluation.patient, rule, "flag") if change.finding.state == "raised" else None
    circles = [each.id for each in evaluation.readings if each.input == CIRCLE]
    content = communication(
        rule, evaluation.patient, circles, base=of.base, text=text, sent=now, about=about
    )
    await evaluation.transaction.write([of.prepare(content, "Communication", message_id, state)])


def _id(patient: str, rule: Rule, what: str) -> str:
    """An id that follows from its arguments: the same alert is never written twice."""
    return str(uuid.uuid5(_IDS, f"{patient}/{rule.id}/{what}"))
