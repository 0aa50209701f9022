"""The smallest effect of each indicator that a trial of the planned design can detect.

The design counts: the weights of the arms, the questions among which Holm's method divides the
error, the expected responses, and people who take part together. The arm with the fewest people is
described. People count once their observation is over, before the end of the trial. If places
switch, it has to be in one period, and as many begin on each day as on another.
"""

from dataclasses import dataclass
from functools import partial

from pilotes.record.domain.draws.designs import FEWEST_PLACES, places_by_arm
from pilotes.record.domain.draws.schedules import (
    FEWEST_DATES,
    FEWEST_PAIRS,
    fewest_wedge_places,
    pairs_of_blocks,
    places_of_dates,
    share_that_counts,
)
from pilotes.record.domain.protocol import Direction, Indicator, Protocol
from pilotes.statistics.domain.difference import is_uneven
from pilotes.statistics.domain.place_power import smallest_place_effect
from pilotes.statistics.domain.power import (
    POWER,
    SmallestEffect,
    Unit,
    fewest_planned,
    smallest_effect,
)
from pilotes.statistics.domain.switchback_power import smallest_switchback_effect
from pilotes.statistics.domain.wedge_power import smallest_wedge_effect


@dataclass(frozen=True, slots=True)
class DetectableEffect:
    """The smallest difference of one indicator that four trials in five would find with the looks
    of the protocol. Of a guardrail, the smallest harm that pauses four trials in five."""

    indicator: str
    """Its id."""
    label: str
    per_arm: int
    """Planned participants with an outcome, of the arm that has the fewest. If places switch, half
    of those who count."""
    unit: Unit
    smallest: float | None
    """In `unit`; None if not even the greatest possible difference would be found. Of a guardrail
    that is no share, the harm beyond its bound."""
    sees_target: bool | None
    """Whether the difference from baseline to target is at least as great; None without baseline
    and target, or if outcomes are not 0 or 1."""
    sentence: str
    """The same for people, in French."""


def detectable_effects(protocol: Protocol) -> tuple[DetectableEffect, ...]:
    """The detectable effect of each indicator."""
    return tuple(_effect(each, protocol) for each in protocol.indicators)


def sentence_of_limit(indicator: Indicator, protocol: Protocol) -> str:
    """The smallest effect that the trial finds in four cases in five, in French. `indicator`: one
    of the protocol's."""
    per_arm, control = _people(indicator, protocol)
    start = f"Avec {_size_of_trial(per_arm, control, protocol)}, « {indicator.label} » : "
    smallest = _smallest(indicator, protocol).every_day
    if smallest is None:
        return start + _nothing_seen(indicator, per_arm, control, protocol)
    if indicator.role == "guardrail":
        return start + _guardrail_limit(indicator, smallest, protocol)
    return (
        f"{start}il faut une {_change(indicator)} d'au moins {_size(indicator, smallest)},"
        " pour la voir quatre fois sur cinq."
    )


def _size_of_trial(per_arm: float, control: float, protocol: Protocol) -> str:
    """Who is planned. `per_arm`, `control`: people with an outcome."""
    design = protocol.design
    total = f"{per_arm + control:.0f} personnes en tout"
    if design.scheduled:
        counted = round((per_arm + control) * share_that_counts(protocol))
        words = f"{counted} comptent" if counted > 1 else "une au plus compte"
        total += f", dont {words} si les inscriptions sont régulières"
    if design.kind == "switchback":
        return f"{_pairs(protocol)} paires de blocs et {total}"
    if design.scheduled:
        return f"{len(design.places)} lieux, {len(design.switches)} dates et {total}"
    least = f"{per_arm:.0f} personnes"
    if design.by_place:
        least = f"{_places(protocol)[0]} lieux, {per_arm:.0f} personnes en tout,"
    if is_uneven(per_arm, control):
        return f"{least} dans le plus petit groupe"
    return f"{least} par groupe"


def _effect(indicator: Indicator, protocol: Protocol) -> DetectableEffect:
    found = _smallest(indicator, protocol)
    smallest = found.every_day
    compares = indicator.binary and indicator.role != "guardrail"
    sees = _sees_target(indicator, smallest) if compares else None
    sentence = sentence_of_limit(indicator, protocol)
    if sees is False:
        sentence += " La cible est plus petite : attendez-vous à « non concluant »."
    return DetectableEffect(
        indicator.id, indicator.label, round(found.per_arm), found.unit, smallest, sees, sentence
    )


def _people(indicator: Indicator, protocol: Protocol) -> tuple[float, float]:
    """Planned participants with an outcome: of the arm that has the fewest, and of control."""
    planned = protocol.planned_people
    others = [many for arm, many in planned.items() if many > 0 and arm != protocol.control]
    of_control = planned.get(protocol.control, 0.0)
    response = indicator.expected_response
    return response * min(others, default=0.0), response * of_control


def _smallest(indicator: Indicator, protocol: Protocol) -> SmallestEffect:
    margin = 0.0
    if indicator.binary and indicator.bound is not None:
        margin = -indicator.bound if indicator.direction == "up" else indicator.bound
    return _smallest_beyond(margin, indicator, protocol)


def _smallest_beyond(margin: float, indicator: Indicator, protocol: Protocol) -> SmallestEffect:
    """The smallest difference that is found to be beyond a margin."""
    per_arm, control = _people(indicator, protocol)
    guards = indicator.role == "guardrail"
    if protocol.design.scheduled:
        return _smallest_of_schedule(per_arm + control, indicator, protocol)
    if protocol.design.by_place and not guards:
        return _smallest_of_places(per_arm, indicator, protocol)
    return smallest_effect(
        per_arm,
        control_per_arm=control,
        baseline=indicator.baseline if indicator.binary else None,
        binary=indicator.binary,
        direction=_looked_for(indicator),
        questions=1 if guards else _questions(indicator, protocol),
        design_effect=protocol.design_effect,
        margin=margin,
        planned_looks=() if guards else protocol.looks,
    )


def _smallest_of_places(per_arm: float, indicator: Indicator, protocol: Protocol) -> SmallestEffect:
    """The smallest difference that the look at the end finds. `per_arm`: people of the arm."""
    places, control = _places(protocol)
    unit: Unit = "share" if indicator.binary else "deviation"
    if _few_places(protocol):
        return SmallestEffect(None, None, unit, POWER, per_arm)
    return smallest_place_effect(
        places,
        control,
        per_arm / places,
        correlation=protocol.cluster_correlation,
        variation=protocol.design.size_variation,
        baseline=indicator.baseline if indicator.binary else None,
        binary=indicator.binary,
        direction=indicator.direction,
        questions=_questions(indicator, protocol),
    )


def _smallest_of_schedule(
    people: float, indicator: Indicator, protocol: Protocol
) -> SmallestEffect:
    """The smallest difference that the look finds at the end of a trial whose places switch.
    `people`: with an outcome, in all, of whom those count whose observation is in one period."""
    design, counted = protocol.design, people * share_that_counts(protocol)
    found = partial(
        smallest_wedge_effect, places_of_dates(len(design.places), len(design.switches))
    )
    cells = len(design.places) * (len(design.switches) + 1)
    if design.kind == "switchback":
        found, cells = partial(smallest_switchback_effect, _pairs(protocol)), 2 * _pairs(protocol)
    # Places without anybody in a period show nothing of it.
    if _few_places(protocol) or counted < cells:
        unit: Unit = "share" if indicator.binary else "deviation"
        return SmallestEffect(None, None, unit, POWER, counted / 2)
    return found(
        counted / cells,
        correlation=protocol.cluster_correlation,
        variation=design.size_variation,
        baseline=indicator.baseline if indicator.binary else None,
        binary=indicator.binary,
        direction=indicator.direction,
        questions=_questions(indicator, protocol),
    )


def _pairs(protocol: Protocol) -> int:
    """Pairs of blocks of all places together."""
    return len(protocol.design.places) * pairs_of_blocks(protocol)


def _few_places(protocol: Protocol) -> bool:
    """Whether there are too few places, dates or blocks to conclude anything."""
    design = protocol.design
    if design.kind == "switchback":
        return _pairs(protocol) < FEWEST_PAIRS
    if design.scheduled:
        few = len(design.places) < fewest_wedge_places(len(design.switches))
        return few or len(design.switches) < FEWEST_DATES
    return design.by_place and min(_places(protocol)) < FEWEST_PLACES


def _places(protocol: Protocol) -> tuple[int, int]:
    """Places of the arm that has the fewest, and of control."""
    drawn = places_by_arm(protocol.weights, len(protocol.design.places))
    others = [
        many for arm, many in drawn.items() if protocol.weights[arm] and arm != protocol.control
    ]
    return min(others, default=0), drawn.get(protocol.control, 0)


def _questions(indicator: Indicator, protocol: Protocol) -> int:
    """The comparisons that share the error with those of the indicator."""
    same = sum(each.role == indicator.role for each in protocol.indicators)
    arms = sum(arm.weight > 0 and arm.name != protocol.control for arm in protocol.arms)
    return max(1, same * arms)


def _looked_for(indicator: Indicator) -> Direction:
    """The change that is looked for: an improvement, or of a guardrail a harm."""
    if indicator.role != "guardrail":
        return indicator.direction
    return "down" if indicator.direction == "up" else "up"


def _change(indicator: Indicator) -> str:
    return "hausse" if _looked_for(indicator) == "up" else "baisse"


def _size(indicator: Indicator, smallest: float) -> str:
    if indicator.binary:
        base = 0.5 if indicator.baseline is None else indicator.baseline
        return f"{100 * smallest:.0f} points, en partant de {100 * base:.0f} %"
    size = f"{smallest:.2f} écart-type".replace(".", ",")
    return f"{size} (la dispersion habituelle d'une personne à l'autre)"


def _guardrail_limit(indicator: Indicator, smallest: float, protocol: Protocol) -> str:
    """The harm that pauses the trial, and the bound that can be shown to be held."""
    beyond = "" if indicator.binary else " au-delà de la limite acceptée"
    text = (
        f"ce garde-fou met l'essai en pause quatre fois sur cinq pour une {_change(indicator)} de"
        f" {_size(indicator, smallest)}{beyond}. Une atteinte plus petite peut passer inaperçue."
    )
    held = _smallest_beyond(0.0, indicator, protocol).every_day
    if held is None:
        return text
    size = f"{100 * held:.0f} points" if indicator.binary else f"{held:.2f} écart-type"
    return (
        f"{text} Sans aucune atteinte, « tenu » ne se conclut quatre fois sur cinq que si la limite"
        f" est d'au moins {size.replace('.', ',')}."
    )


def _nothing_seen(indicator: Indicator, per_arm: float, control: float, protocol: Protocol) -> str:
    if _few_places(protocol) and protocol.design.kind == "switchback":
        return f"trop peu pour conclure, il faut au moins {FEWEST_PAIRS} paires de blocs."
    if _few_places(protocol) and protocol.design.scheduled:
        fewest = fewest_wedge_places(len(protocol.design.switches))
        return f"trop peu pour conclure, il faut au moins {fewest} lieux et {FEWEST_DATES} dates."
    if _few_places(protocol):
        return f"trop peu pour conclure, il faut au moins {FEWEST_PLACES} lieux par groupe."
    fewest = fewest_planned(per_arm, control, binary=indicator.binary)
    if not protocol.design.scheduled and min(per_arm, control) < fewest:
        return f"trop peu pour conclure, il en faut au moins {fewest}."
    return f"même la plus forte {_change(indicator)} possible risque de ne pas être vue."


def _sees_target(indicator: Indicator, smallest: float | None) -> bool | None:
    if indicator.target is None or indicator.baseline is None:
        return None
    return smallest is not None and abs(indicator.target - indicator.baseline) >= smallest
