"""Evaluates one rule over the recent readings of a patient: nothing but its arguments counts."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

from esante.home_care.domain.rule import LOADING_GRACE, Calculation, Finding, Reading, Rule, RuleSet

_PARIS: Final = ZoneInfo("Europe/Paris")
_LATE: Final = 1.5
"""Of the usual interval between two readings, how much is late."""
Readings = Mapping[str, Sequence[Reading]]
"""The readings of a patient by input, oldest first."""


def evaluate(
    rule: Rule, rules: RuleSet, readings: Readings, *, raised: bool, now: datetime
) -> Finding:
    """What the rule says. `raised`: whether it has an open alert, which ends at `clear` only."""
    mine = [readings.get(each, ()) for each in rule.inputs]
    refused = [one for some in mine for one in some if one.refused]
    usable = [[one for one in some if one.refused is None] for some in mine]
    recent = [[one for one in some if one.at > now - rule.window] for some in usable]
    if refused and not any(recent):
        return Finding("unknown", _rejected_text(refused))
    # A rise is over the window that ends with the last value, which may be of yesterday.
    read = usable if rule.calculation == "rise" else recent
    finding = _EVALUATORS[rule.calculation](rule, rules, read, raised, now)
    if finding.state == "raised" and refused:
        message = f"{finding.message} {_rejected_text(refused)}"
        return Finding("raised", message, finding.since, finding.review)
    return finding


def _absence(
    rule: Rule, rules: RuleSet, usable: list[list[Reading]], raised: bool, now: datetime
) -> Finding:
    """Nothing for `threshold` hours, of somebody of whom there usually is something.

    What comes once a day is not late after half a day: the limit is one and a half times the usual
    interval, if that is longer.
    """
    every = sorted((one for some in usable for one in some), key=lambda one: one.at)
    if len(every) < rule.at_least and not raised:
        return Finding("normal")
    if not every:
        # Whoever was silent before has not been heard of since.
        return Finding("unknown" if raised else "normal")
    last = every[-1]
    hours = (now - last.at).total_seconds() / 3600
    gaps = sorted(later.at - earlier.at for earlier, later in pairwise(every))
    usual = gaps[len(gaps) // 2].total_seconds() / 3600 if gaps else 0.0
    limit = max(float(rule.threshold[0]), _LATE * usual)
    if hours < limit:
        return Finding("normal", review=_after(last.at, limit))
    received = max((one.received for one in every if one.received), default=None)
    if not raised and received is not None and now < received + LOADING_GRACE:
        return Finding("normal", review=received + LOADING_GRACE)
    text = f"rien depuis {_hours(hours)} ({_label(rules, last)}). Seuil : {_hours(limit)}."
    return Finding("raised", text, last.at, review=_after(last.at, hours + 24))


def _rise(
    rule: Rule, rules: RuleSet, usable: list[list[Reading]], raised: bool, now: datetime
) -> Finding:
    """The last value is above the lowest one of the window before it by more than the threshold."""
    valued = [one for one in usable[0] if one.value is not None]
    valued = [one for one in valued if one.at >= valued[-1].at - rule.window]
    if len(valued) < rule.at_least or valued[-1].at <= now - rule.window:
        return Finding("normal")
    last, lowest = valued[-1], min(valued, key=lambda one: one.value or Decimal(0))
    risen = (last.value or Decimal(0)) - (lowest.value or Decimal(0))
    if risen <= (rule.clear if raised else rule.threshold)[0]:
        return Finding("normal")
    unit = rules.inputs[last.input].unit_text
    text = (
        f"{_label(rules, last)} de {_number(lowest.value)} à {_number(last.value)} {unit}, soit"
        f" +{_number(risen)} {unit} en {_hours((last.at - lowest.at).total_seconds() / 3600)}."
        f" Seuil : plus de {_number(rule.threshold[0])} {unit}."
    )
    return Finding("raised", text, lowest.at, review=last.at + rule.window)


def _mean(
    rule: Rule, rules: RuleSet, usable: list[list[Reading]], raised: bool, now: datetime
) -> Finding:
    """The mean of one of the inputs is at its threshold or above."""
    limits = rule.clear if raised else rule.threshold
    parts, since, crossed = [], None, False
    for some, limit, raised_at in zip(usable, limits, rule.threshold, strict=True):
        values = [one.value for one in some if one.value is not None]
        if len(values) < rule.at_least or some[-1].at - some[0].at < rule.over:
            continue
        mean = sum(values, Decimal(0)) / len(values)
        crossed = crossed or mean >= limit
        since = min(since or some[0].at, some[0].at)
        unit = rules.inputs[some[0].input].unit_text
        parts.append(
            f"{_label(rules, some[0])} : moyenne {_number(round(mean, 1))} {unit} sur"
            f" {len(values)} mesures (seuil {_number(raised_at)})"
        )
    if not crossed:
        return Finding("normal")
    assert since is not None
    return Finding("raised", f"{' ; '.join(parts)}.", since, review=since + rule.window)


def _level(
    rule: Rule, rules: RuleSet, usable: list[list[Reading]], raised: bool, now: datetime
) -> Finding:
    """The last value of an input is at its threshold, or beyond."""
    limit = (rule.clear if raised else rule.threshold)[0]
    valued = [one for some in usable for one in some if one.value is not None]
    if not valued:
        return Finding("normal")
    last = max(valued, key=lambda one: one.at)
    value = last.value or Decimal(0)
    if value > limit if rule.below else value < limit:
        return Finding("normal")
    side = "ou moins" if rule.below else "ou plus"
    text = f"{_label(rules, last)} à {_number(value)}. Seuil : {_number(rule.threshold[0])} {side}."
    return Finding("raised", text, last.at, review=last.at + rule.window)


def _missed(
    rule: Rule, rules: RuleSet, usable: list[list[Reading]], raised: bool, now: datetime
) -> Finding:
    """Something planned has ended for `threshold` hours, and is not done."""
    ends = sorted((one for some in usable for one in some), key=lambda one: one.at)
    limit = float(rule.threshold[0])
    late = [one for one in ends if _after(one.at, limit) <= now]
    ahead = [one for one in ends if _after(one.at, limit) > now]
    review = _after(ahead[0].at, limit) if ahead else None
    if not late:
        return Finding("normal", review=review)
    text = (
        f"{len(late)} {_label(rules, late[-1])} en retard, à faire avant le"
        f" {_moment(late[-1].at)}. Seuil : {_hours(limit)} de retard."
    )
    return Finding("raised", text, late[0].at, review or late[0].at + rule.window)


def _count(
    rule: Rule, rules: RuleSet, usable: list[list[Reading]], raised: bool, now: datetime
) -> Finding:
    """At least `threshold` readings in the window."""
    every = sorted((one for some in usable for one in some), key=lambda one: one.at)
    if len(every) < (rule.clear if raised else rule.threshold)[0]:
        return Finding("normal")
    text = (
        f"{len(every)} fois en {_hours(rule.window.total_seconds() / 3600)}"
        f" ({_label(rules, every[-1])}). Seuil : {_number(rule.threshold[0])}."
    )
    return Finding("raised", text, every[0].at, review=every[0].at + rule.window)


Evaluator = Callable[[Rule, RuleSet, list[list[Reading]], bool, datetime], Finding]
_EVALUATORS: Final[Mapping[Calculation, Evaluator]] = {
    "absence": _absence,
    "rise": _rise,
    "mean": _mean,
    "level": _level,
    "missed": _missed,
    "count": _count,
}


def alert_text(rule: Rule, finding: Finding) -> str:
    """What the circle reads: figures, threshold, since when, and which rule says so."""
    if finding.state == "unknown":
        text = (
            f"La règle « {rule.title} » ne peut pas être évaluée : {finding.message}"
            f" (Règle {rule.id}, version {rule.version}.)"
        )
    else:
        assert finding.since is not None
        text = (
            f"{rule.title} : {finding.message} Depuis le {_moment(finding.since)}."
            f" (Règle {rule.id}, version {rule.version} ; {rule.evidence}.)"
        )
    return text.replace("'", "’")


def _rejected_text(refused: Sequence[Reading]) -> str:
    reason = refused[-1].refused
    if len(refused) == 1:
        return f"1 mesure est écartée : {reason}."
    return f"{len(refused)} mesures sont écartées ; la dernière : {reason}."


def _after(at: datetime, hours: float) -> datetime:
    return at + timedelta(hours=hours)


def _label(rules: RuleSet, reading: Reading) -> str:
    return rules.inputs[reading.input].label


def _moment(at: datetime) -> str:
    return f"{at.astimezone(_PARIS):%d/%m/%Y à %H:%M}"


def _hours(hours: float) -> str:
    return f"{round(hours)} h" if hours < 48 else f"{round(hours / 24)} jours"


def _number(value: Decimal | None) -> str:
    return f"{(value or Decimal(0)).normalize():f}".replace(".", ",")
