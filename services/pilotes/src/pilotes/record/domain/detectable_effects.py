"""The smallest effect of each indicator that a trial of the planned size can detect."""

from dataclasses import dataclass

from pilotes.record.domain.protocol import Indicator, Protocol
from pilotes.statistics.domain.power import SmallestEffect, Unit, smallest_effect


@dataclass(frozen=True, slots=True)
class DetectableEffect:
    """The smallest difference of one indicator that four trials in five would find with daily
    looks."""

    indicator: str
    """Its id."""
    label: str
    per_arm: int
    """Planned participants of each arm."""
    unit: Unit
    smallest: float | None
    """In `unit`; None if not even the greatest possible difference would be found."""
    sees_target: bool | None
    """Whether the difference from baseline to target is at least as great; None without baseline
    and target, or if outcomes are not 0 or 1."""
    sentence: str
    """The same for people, in French."""


def detectable_effects(protocol: Protocol) -> tuple[DetectableEffect, ...]:
    """The detectable effect of each indicator, except guardrails: these are not tested for a
    difference."""
    return tuple(
        _effect(each, protocol.planned_per_arm)
        for each in protocol.indicators
        if each.role != "guardrail"
    )


def sentence_of_limit(indicator: Indicator, per_arm: int) -> str:
    """The smallest effect that a trial of that size finds in four cases in five, in French."""
    smallest = _smallest(indicator, per_arm).every_day
    change = "hausse" if indicator.direction == "up" else "baisse"
    start = f"Avec {per_arm} personnes par groupe, « {indicator.label} » : "
    if smallest is None:
        return f"{start}même la plus forte {change} possible risque de ne pas être vue."
    if indicator.binary:
        base = 0.5 if indicator.baseline is None else indicator.baseline
        size = f"{100 * smallest:.0f} points, en partant de {100 * base:.0f} %"
    else:
        size = f"{smallest:.2f} écart-type".replace(".", ",")
        size += " (la dispersion habituelle d'une personne à l'autre)"
    return f"{start}il faut une {change} d'au moins {size}, pour la voir quatre fois sur cinq."


def _effect(indicator: Indicator, per_arm: int) -> DetectableEffect:
    found = _smallest(indicator, per_arm)
    smallest = found.every_day
    sees = _sees_target(indicator, smallest) if indicator.binary else None
    sentence = sentence_of_limit(indicator, per_arm)
    if sees is False:
        sentence += " La cible est plus petite : attendez-vous à « non concluant »."
    return DetectableEffect(
        indicator.id, indicator.label, per_arm, found.unit, smallest, sees, sentence
    )


def _smallest(indicator: Indicator, per_arm: int) -> SmallestEffect:
    return smallest_effect(
        per_arm,
        baseline=indicator.baseline if indicator.binary else None,
        binary=indicator.binary,
        direction=indicator.direction,
    )


def _sees_target(indicator: Indicator, smallest: float | None) -> bool | None:
    if indicator.target is None or indicator.baseline is None:
        return None
    return smallest is not None and abs(indicator.target - indicator.baseline) >= smallest
