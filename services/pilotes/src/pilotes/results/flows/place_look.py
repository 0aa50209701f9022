"""The one look at a trial that draws places: at its end, at a group that is fixed then.

Looks before the end would need an interval that is valid at any time with four places an arm; there
is none that is useful. Between looks nobody could be added without a second one, so nobody is.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from pilotes.disclosure.domain.measure import Integers, Measure
from pilotes.disclosure.domain.places import place_figures
from pilotes.disclosure.domain.tranches import DisclosedFigures, Population
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.protocol import Protocol
from pilotes.results.ports import CompletedPeople
from pilotes.usage.domain.facts import LATE_EVENT_DELAY


def people_of_look(
    completed: CompletedPeople,
    disclosed: DisclosedFigures,
    pilot: Pilot,
    protocol: Protocol,
    now: datetime,
) -> CompletedPeople:
    """The people who can be in the figures: nobody before the end of the trial and the arrival of
    its late events, then everybody, and once figures were shown only those who are or were in them.

    `disclosed`: the stored figures. `protocol`: the one in force.
    """
    end = min(filter(None, (pilot.finished_at, protocol.ends_at)))
    # A pilot that is about to close does not wait: its figures are not refreshed once it is closed.
    closing = pilot.stage not in ("trial", "evaluation")
    over = closing or now >= end + LATE_EVENT_DELAY
    first = completed.people.first
    if not over or disclosed.last:
        return completed.only(first > 0)
    return completed


def with_places(
    disclosed: DisclosedFigures,
    people: Population,
    measures: Mapping[str, Measure],
    names: Iterable[str],
    *,
    place: Integers,
    arms: int,
) -> DisclosedFigures:
    """The figures with their sums over places. `measures`: of each name, of these people. `names`:
    of the measures that are compared. `place`: of each person. `arms`: number of arms."""
    found = dict(disclosed.by_place)
    for name in names:
        groups = disclosed.groups.get(name, ())
        tranches = frozenset[int]().union(*(group.tranches for group in groups))
        # Sums are fixed when they are first shown, like those of tranches.
        if (
            name in measures
            and tranches
            and (name not in found or found[name].tranches != tranches)
        ):
            found[name] = place_figures(
                measures[name],
                arm=people.arm,
                tranche=people.tranche,
                place=place,
                arms=arms,
                tranches=tranches,
            )
    return replace(disclosed, by_place=found)
