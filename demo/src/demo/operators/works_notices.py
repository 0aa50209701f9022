"""The notices of works of an operator."""

from collections.abc import Iterator
from datetime import date, timedelta

from demo.days.truth import start_of
from demo.days.works import Works, works_on
from demo.network.model import Operator
from demo.operators.notices import HOUR, About, Notice, Translated, french_list, period_of, week_of

_END = 25 * HOUR
"""When the works of an evening end, in seconds of its service day."""


def works_notices(operator: Operator, today: date) -> Iterator[Notice]:
    """The notices of the works of this week and of the next."""
    monday, _ = week_of(today)
    for first in (monday, monday + timedelta(days=7)):
        works = works_on(operator, first)
        if works is not None:
            # Works without `since` last all day.
            yield (
                _evenings(operator, works, first) if works.since else _closed_stations(works, first)
            )


def _closed_stations(works: Works, monday: date) -> Notice:
    first, *closed, last = (station.name for station in works.stations)
    bus = works.replacement_name
    _, week = week_of(monday)
    return Notice(
        id=f"travaux-tram-a-{week}",
        header=Translated(
            f"Tram A : pas d'arrêt entre {first} et {last}, {bus} de remplacement",
            f"Tram A: no stop between {first} and {last}, {bus} instead",
        ),
        text=Translated(
            f"Travaux toute la semaine : le tram passe sans s'arrêter à {french_list(closed)}. "
            f"{bus} dessert ces arrêts, de {first} à {last}, toutes les 12 minutes de 5 h 10 à "
            "0 h 30. Prévoyez 15 minutes de plus pour y aller.",
            f"Station works all week: the tram does not stop at {', '.join(closed)}. {bus} serves "
            f"them between {first} and {last} every 12 minutes. Allow 15 more minutes to go there.",
        ),
        cause="CONSTRUCTION",
        effect="MODIFIED_SERVICE",
        severity="SEVERE",
        periods=(period_of(monday, monday + timedelta(days=6), begins=4 * HOUR, ends=28 * HOUR),),
        about=tuple(About(line=works.line.id, stop=station.id) for station in works.stations),
        visible_from=start_of(monday - timedelta(days=7)),
    )


def _evenings(operator: Operator, works: Works, monday: date) -> Notice:
    _, week = week_of(monday)
    nights = [monday + timedelta(days=n) for n in range(4)]
    return Notice(
        id=f"travaux-soirees-{week}",
        header=Translated(
            "Pas de tram après 20 h du lundi au jeudi : prenez le « Plan B »",
            "No tram after 8 pm from Monday to Thursday: take the “Plan B” bus",
        ),
        text=Translated(
            "Travaux de nuit sur la ligne A. Le bus « Plan B » suit le tram toutes les 30 minutes, "
            "de 20 h 13 à 0 h 26. Il ne dessert pas le Sanitas.",
            "Night works on line A. The “Plan B” bus follows the tram every 30 minutes, from "
            "8:13 pm to 0:26 am. It does not call at Sanitas.",
        ),
        cause="MAINTENANCE",
        effect="REDUCED_SERVICE",
        severity="WARNING",
        periods=tuple(period_of(night, night, begins=works.since, ends=_END) for night in nights),
        about=(About(line=works.line.id),),
        visible_from=start_of(monday - timedelta(days=7)),
    )
