"""The mistakes of a protocol, all at once, in French; and what an amendment can change."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Final

from pilotes.record.domain.coverable_routes import mistake_of_route
from pilotes.record.domain.draws.designs import mistakes_of_design
from pilotes.record.domain.draws.permuted_blocks import mistakes_of_blocks
from pilotes.record.domain.draws.schedule_checks import mistakes_of_schedule
from pilotes.record.domain.protocol import (
    FEWEST_ARMS,
    FEWEST_LOOKS,
    MOST_ARMS,
    MOST_LOOKS,
    TOTAL_WEIGHT,
    Indicator,
    IndicatorType,
    Protocol,
)
from pilotes.record.domain.usage_facts import mistake_of_fact

_SOURCE: Final = re.compile(
    r"(use|return):[a-z][a-z-]{0,47}|survey:[a-z][a-z0-9-]{0,47}:[a-z0-9-]+"
)
_DENOMINATOR: Final = re.compile(r"use:[a-z][a-z-]{0,47}")
_TYPES_BY_SOURCE: Final[Mapping[str, frozenset[IndicatorType]]] = {
    "use": frozenset({"proportion", "mean", "ratio"}),
    "return": frozenset({"retention"}),
    "survey": frozenset({"score", "mean", "proportion"}),
}
_SCORE_NAMES: Final[Mapping[str, str]] = {"sus": "SUS", "nps": "NPS"}
"""Scores that are not 0 or 1 for a person, by their name in a source."""


def mistakes_of(protocol: Protocol) -> tuple[str, ...]:
    """Every mistake of the protocol, in French; empty if it can be frozen."""
    return (
        *_of_arms(protocol),
        *_of_routes(protocol.routes),
        *_of_dates(protocol),
        *_of_indicators(protocol.indicators),
        *_of_looks(protocol),
        *_of_design(protocol),
        *_of_territories(protocol.territories),
    )


def new_mistakes(
    find: Callable[[Protocol], tuple[str, ...]], before: Protocol | None, after: Protocol
) -> tuple[str, ...]:
    """The mistakes of a protocol that the one it amends did not have: a rule that is younger than a
    trial does not prevent its amendments. `before`: None if it amends none."""
    known = frozenset(find(before)) if before else frozenset()
    return tuple(each for each in find(after) if each not in known)


def mistakes_of_amendment(before: Protocol, after: Protocol) -> tuple[str, ...]:
    """The new mistakes of a protocol that amends another during its trial, and the changes that a
    trial does not allow. The assignment of people depends on the order and names of the arms."""
    names = [arm.name for arm in before.arms], [arm.name for arm in after.arms]
    found = list(new_mistakes(mistakes_of, before, after))
    if names[0] != names[1]:
        found.append("les bras, leur nom et leur ordre ne changent plus après le début de l'essai")
    if before.control != after.control:
        found.append("le bras témoin ne change plus après le début de l'essai")
    if _primary(before) != _primary(after):
        found.append("l'indicateur principal ne change plus après le début de l'essai")
    if before.design != after.design:
        found.append("ce qui est tiré au sort (design) ne change plus après le début de l'essai")
    if after.design.by_place and before.weights != after.weights:
        found.append(
            "les poids ne changent plus après le début d'un essai par lieux : des lieux entiers"
            " changeraient de bras"
        )
    if after.design.in_blocks and before.weights != after.weights:
        found.append(
            "les poids ne changent plus après le début d'un essai par blocs : les blocs commencés"
            " ne donneraient plus à chaque bras sa part"
        )
    if before.starts_at != after.starts_at:
        found.append("la date de début ne change plus après le début de l'essai")
    if before.looks != after.looks:
        found.append("les regards prévus (looks) ne changent plus après le début de l'essai")
    return tuple(found)


def _primary(protocol: Protocol) -> Indicator | None:
    """The primary indicator without its label, which is editorial."""
    found = next((each for each in protocol.indicators if each.role == "primary"), None)
    return None if found is None else replace(found, label="")


def _of_arms(protocol: Protocol) -> Iterator[str]:
    names = [arm.name for arm in protocol.arms]
    if not FEWEST_ARMS <= len(names) <= MOST_ARMS:
        yield f"{len(names)} bras : il en faut de {FEWEST_ARMS} à {MOST_ARMS}"
    for name in _repeated(names):
        yield f"deux bras portent le nom {name}"
    if (total := sum(arm.weight for arm in protocol.arms)) != TOTAL_WEIGHT:
        yield f"la somme des poids est {total}, elle doit être {TOTAL_WEIGHT}"
    if protocol.control not in names:
        yield f"le bras témoin {protocol.control} n'est pas un de ses bras"
    for arm in protocol.arms:
        if not arm.weight and arm.name == protocol.control:
            yield "le bras témoin ne reçoit personne : il n'y aurait rien à quoi comparer"
        elif not arm.weight:
            yield f"le bras {arm.name} ne reçoit personne (poids 0) : rien n'y serait mesuré"


def _of_routes(routes: tuple[str, ...]) -> Iterator[str]:
    if not routes:
        yield "aucune route n'est couverte"
    for route in _repeated(routes):
        yield f"la route {route} est écrite deux fois"
    yield from mistakes_of_routes(routes)


def _of_territories(territories: tuple[str, ...]) -> Iterator[str]:
    for each in _repeated(territories):
        yield f"le territoire « {each} » est écrit deux fois"


def mistakes_of_routes(routes: Iterable[str]) -> Iterator[str]:
    """The mistakes of routes that no pilot can cover. They are refused in drafts too."""
    for route in dict.fromkeys(routes):
        if mistake := mistake_of_route(route):
            yield mistake


def _of_dates(protocol: Protocol) -> Iterator[str]:
    if protocol.starts_at >= protocol.ends_at:
        yield "il finit avant de commencer"
        return
    days = (protocol.ends_at - protocol.starts_at).days
    for each in protocol.indicators:
        if each.window_days > days:
            yield (
                f"l'indicateur {each.id} demande {each.window_days} jours par personne, "
                f"l'essai n'en dure que {days}"
            )


def _of_looks(protocol: Protocol) -> Iterator[str]:
    looks = protocol.looks
    if not looks:
        return
    if not FEWEST_LOOKS <= len(looks) <= MOST_LOOKS:
        yield f"regards prévus (looks) : {len(looks)}, il en faut de {FEWEST_LOOKS} à {MOST_LOOKS}"
    if any(later <= former for former, later in pairwise(looks)) or looks[-1] != 1:
        yield "les regards prévus (looks) vont en croissant, et le dernier est à 1"
    judged = frozenset[str]().union(
        *(_measured(each) for each in protocol.indicators if each.role != "guardrail")
    )
    for each in protocol.indicators:
        if each.role == "guardrail" and _measured(each) & judged:
            yield (
                f"le garde-fou {each.id} montrerait chaque jour ce qu'un autre indicateur ne montre"
                " qu'aux regards prévus (looks) : choisissez une autre source, ou pas de regards"
            )


def _measured(each: Indicator) -> frozenset[str]:
    """The facts, or the questionnaire's score: a use and a return of one fact tell each other."""
    sources = (each.source, each.denominator or each.source)
    return frozenset(source.partition(":")[2] for source in sources)


def _of_indicators(indicators: tuple[Indicator, ...]) -> Iterator[str]:
    for name in _repeated(each.id for each in indicators):
        yield f"deux indicateurs portent le nom {name}"
    primary = sum(each.role == "primary" for each in indicators)
    if primary != 1:
        yield f"{primary} indicateur principal : il en faut un seul, celui sur lequel on décidera"
    for each in indicators:
        for what in _of_indicator(each):
            yield f"indicateur {each.id} : {what}"
    yield from _of_caps(indicators)


def _of_caps(indicators: tuple[Indicator, ...]) -> Iterator[str]:
    """Sums under caps c and c + 1 differ by the number of people with more than c uses, who can be
    fewer than what is disclosed. A share of those with a use is a sum under 1."""
    by_cap: dict[tuple[str, int], dict[float, Indicator]] = defaultdict(dict)
    for each in indicators:
        cap = 1 if each.kind == "proportion" and (each.at_least or 1) <= 1 else each.cap
        if cap is not None and each.source.startswith("use:"):
            by_cap[each.source, each.window_days].setdefault(cap, each)
    for capped in by_cap.values():
        for cap, each in capped.items():
            if (more := capped.get(cap + 1)) is not None:
                yield (
                    f"les indicateurs {each.id} et {more.id} diraient à eux deux combien de"
                    f" personnes ont dépassé {cap:g} : gardez-en un seul, ou un plafond (cap) plus"
                    " haut"
                )


def _of_indicator(each: Indicator) -> Iterator[str]:
    yield from _of_source(each)
    if each.role == "guardrail" and each.bound is None:
        yield "un garde-fou demande une borne (bound)"
    if each.role != "guardrail" and each.bound is not None:
        yield "seul un garde-fou a une borne (bound)"
    if each.role == "primary" and each.baseline is None:
        yield "le principal demande une valeur de départ (baseline), même estimée"
    yield from _of_denominator(each)
    if each.at_least is not None and each.kind != "proportion":
        yield "seule une proportion a un seuil par personne (at_least)"
    if each.before_days and not each.source.startswith("use:"):
        yield "seul un usage se mesure aussi avant l'inscription (before_days)"
    shares = (each.baseline, each.target) if each.binary else ()
    if any(value is not None and not 0 <= value <= 1 for value in shares):
        yield "une proportion va de 0 à 1"
    no_mean = each.binary or each.kind == "ratio" or each.source.endswith((":sus", ":nps"))
    if each.cap is not None and no_mean:
        yield (
            "un plafond par personne (cap) ne vaut que pour une moyenne, pas pour une part, un"
            " rapport, le SUS ni le NPS"
        )
    if each.baseline is not None and each.target is not None:
        better = (
            each.target > each.baseline if each.direction == "up" else each.target < each.baseline
        )
        if not better:
            yield "la cible n'est pas meilleure que le départ"


def _of_denominator(each: Indicator) -> Iterator[str]:
    if each.kind != "ratio":
        if each.denominator is not None:
            yield "seul un rapport (ratio) a un dénominateur (denominator)"
        return
    fact = (each.denominator or "").partition(":")[2]
    if not _DENOMINATOR.fullmatch(each.denominator or ""):
        yield "un rapport (ratio) demande un dénominateur (denominator), qui s'écrit use:<fait>"
    elif each.denominator == each.source:
        yield "le dénominateur d'un rapport est un autre fait : celui-ci ferait toujours 1"
    elif mistake := mistake_of_fact(fact):
        yield mistake
    if each.before_days:
        yield "un rapport (ratio) ne se corrige pas de ce qui précède l'inscription (before_days)"


def _of_design(protocol: Protocol) -> Iterator[str]:
    yield from mistakes_of_design(protocol.design, protocol.weights)
    yield from mistakes_of_schedule(protocol)
    yield from mistakes_of_blocks(protocol)
    if not protocol.design.by_place:
        return
    if protocol.looks:
        yield "un essai par lieux est lu une seule fois, à sa fin : laissez looks vide"
    if protocol.cluster_size != 1:
        yield (
            "les personnes d'un lieu sont déjà comptées ensemble : laissez cluster_size à 1, ou"
            " déclarez d'autres lieux"
        )
    for each in protocol.indicators:
        if each.kind == "ratio":
            yield (
                f"indicateur {each.id} : un essai par lieux compare des moyennes de lieux, pas des"
                " rapports (ratio)"
            )
        if each.before_days:
            yield (
                f"indicateur {each.id} : un essai par lieux ne se sert pas de la mesure d'avant"
                " l'inscription (before_days)"
            )


def _of_source(each: Indicator) -> Iterator[str]:
    source, _, name = each.source.partition(":")
    if not _SOURCE.fullmatch(each.source):
        yield "sa source s'écrit use:<fait>, return:<fait> ou survey:<questionnaire>:<question>"
        return
    if each.kind not in _TYPES_BY_SOURCE[source]:
        yield f"une source {source} ne donne pas de mesure {each.kind}"
    if source != "survey" and (mistake := mistake_of_fact(name)):
        yield mistake
    score = name.rpartition(":")[2]
    plain = each.kind == "proportion" and each.at_least is None
    if plain and source == "survey" and score in _SCORE_NAMES:
        yield (
            f"le {_SCORE_NAMES[score]} n'est pas une proportion : déclarez une mesure score, ou un"
            " seuil par personne (at_least)"
        )


def _repeated(names: Iterable[str]) -> list[str]:
    return [name for name, times in Counter(names).items() if times > 1]
