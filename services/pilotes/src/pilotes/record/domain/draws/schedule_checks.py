"""The mistakes of the dates and blocks of a design, in French."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from pilotes.french.domain import format_day, local_day, local_span
from pilotes.record.domain.draws.schedules import (
    FEWEST_DATES,
    FEWEST_OF_A_DATE,
    FEWEST_PAIRS,
    MOST_CELLS,
    MOST_DATES,
    edges_of,
    fewest_wedge_places,
    pairs_of_blocks,
)
from pilotes.record.domain.protocol import Protocol

_RECRUITING: Final = timedelta(days=1)
"""The least time of a period in which an observation can begin."""


def mistakes_of_schedule(protocol: Protocol) -> Iterator[str]:
    """Every mistake; none if the arm of a place does not change."""
    design = protocol.design
    if design.switches and design.kind != "stepped_wedge":
        yield "des dates de bascule (switches) ne valent que pour un essai en escalier"
    if design.block_days and design.kind != "switchback":
        yield "une durée de bloc (block_days) ne vaut que pour un essai en alternance"
    if not design.scheduled:
        if design.washout_hours:
            yield "rien ne bascule : il n'y a pas d'heures à écarter (washout_hours)"
        return
    yield from _of_arms(protocol)
    yield from _of_blocks(protocol) if design.kind == "switchback" else _of_dates(protocol)


def mistake_of_opening(protocol: Protocol, now: datetime) -> str | None:
    """What prevents a trial from opening now, after its start: too little is left of its periods.
    None if enough is."""
    if not protocol.design.scheduled or now <= protocol.starts_at:
        return None
    known = frozenset(mistakes_of_schedule(protocol))
    left = replace(protocol, starts_at=_start_of_the_rest(protocol, now))
    found = [each for each in mistakes_of_schedule(left) if each not in known]
    if not found:
        return None
    return (
        f"L'essai ouvrirait trop tard : {' ; '.join(found)}. Écrivez une version du protocole dont"
        " les dates sont à venir."
    )


def _start_of_the_rest(protocol: Protocol, now: datetime) -> datetime:
    """Now; of blocks, the start of the first pair in whose two blocks people can still begin."""
    design = protocol.design
    if design.kind != "switchback":
        return now
    spare = timedelta(days=design.block_days - protocol.longest_days) - _RECRUITING
    pairs = edges_of(protocol)[:-1:2]
    return next((each for each in pairs if each + spare >= now), protocol.ends_at)


def _of_blocks(protocol: Protocol) -> Iterator[str]:
    design, pairs = protocol.design, pairs_of_blocks(protocol)
    hours = design.washout_hours
    least = timedelta(days=protocol.longest_days, hours=hours) + _RECRUITING
    if timedelta(days=design.block_days) < least:
        after = f", après {hours} heures qui ne comptent pas" if hours else ""
        yield (
            f"des blocs de {design.block_days} jours (block_days) sont trop courts : il y faut les"
            f" {protocol.longest_days} jours où une personne est suivie, et un jour"
            f" d'inscriptions{after}"
        )
    if len(design.places) * pairs < FEWEST_PAIRS:
        yield (
            f"{len(design.places)} lieux et {pairs} paires de blocs : il en faut au moins"
            f" {FEWEST_PAIRS} en tout, tous lieux confondus"
        )
    if len(design.places) * 2 * pairs > MOST_CELLS:
        yield f"{len(design.places)} lieux et {2 * pairs} blocs : c'est plus que {MOST_CELLS}"


def _of_arms(protocol: Protocol) -> Iterator[str]:
    if len(protocol.arms) != 2 or len({arm.weight for arm in protocol.arms}) > 1:
        yield (
            "un essai dont les lieux basculent a deux bras du même poids : chaque lieu passe de"
            " l'un à l'autre"
        )
    for each in protocol.indicators:
        if each.role == "guardrail":
            yield (
                f"indicateur {each.id} : un essai dont les lieux basculent n'a pas de garde-fou. Lu"
                " chaque jour, il prendrait pour un effet ce qui change avec la saison ; les"
                " signalements graves mettent toujours l'essai en pause"
            )


def _of_dates(protocol: Protocol) -> Iterator[str]:
    switches, hours = protocol.design.switches, protocol.design.washout_hours
    if not FEWEST_DATES <= len(switches) <= MOST_DATES:
        yield (
            f"dates de bascule (switches) : {len(switches)}, il en faut de {FEWEST_DATES} à"
            f" {MOST_DATES}"
        )
    for day, times in Counter(local_day(each) for each in switches).items():
        if times > 1:
            yield (
                f"dates de bascule (switches) : {times} tombent le {format_day(day)}, il en faut"
                " une par jour au plus"
            )
    edges = (protocol.starts_at, *switches, protocol.ends_at)
    if any(later < former for former, later in pairwise(edges)):
        yield "les dates de bascule (switches) se suivent, entre le début et la fin de l'essai"
    least = timedelta(days=protocol.longest_days) + _RECRUITING
    for number, (former, later) in enumerate(pairwise(edges)):
        washout = timedelta(hours=hours if number else 0)
        if local_span(former, later) < least + washout:
            after = f", après {hours} heures qui ne comptent pas" if washout else ""
            yield (
                f"la période qui commence le {format_day(former)} est trop courte : il y faut les"
                f" {protocol.longest_days} jours où une personne est suivie, et un jour"
                f" d'inscriptions{after}"
            )
    dates, places = len(switches), len(protocol.design.places)
    fewest = fewest_wedge_places(dates)
    if places < fewest:
        yield (
            f"{places} lieux pour un essai en escalier : il en faut au moins {fewest}, dont"
            f" {FEWEST_OF_A_DATE} à chaque date"
        )
    if places * (dates + 1) > MOST_CELLS:
        yield f"{places} lieux et {dates} dates : c'est plus que {MOST_CELLS} lieux fois périodes"
