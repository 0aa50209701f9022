"""The search of a form in a few words, in the language of the request."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from portail.api import words
from portail.api.pages.itineraires.form import JourneyForm, service_day
from portail.api.texts import texts_of
from portail.domain.journeys import Journey


def when_words(form: JourneyForm, now: datetime, journeys: Sequence[Journey] = ()) -> str:
    """« Partir maintenant », « Arriver demain à 08:30 ». `journeys`: those of the page, in its
    order: later ones than the last of a day leave on another. Raises ValueError as the time of the
    form does."""
    texts, at, last = texts_of("itineraires"), form.instant(now), form.last_departures_of
    if at is None:
        return texts["resume_partir_maintenant"]
    at = at.replace(tzinfo=now.tzinfo)
    if last is not None:
        evening = at - timedelta(days=1)
        first = journeys[0].departure if journeys else evening
        if service_day(first) == last or not journeys:
            return texts["resume_derniers"].format(jour=_day(evening, now))
        return texts["resume_departs"].format(jour=_day(first, now))
    name = "resume_partir" if form.direction == "partir" else "resume_arriver"
    return texts[name].format(quand=words.at_clock(_day(at, now), at))


def _day(at: datetime, now: datetime) -> str:
    """« aujourd'hui », « demain », « lundi 3 mars »."""
    if at.date() < now.date():
        return words.weekday(at)
    return words.day_of(at, now) or texts_of("itineraires")["aujourd_hui"]


def option_words(form: JourneyForm) -> tuple[str, ...]:
    """What the reader chose beyond the two places and the time, each in a few words."""
    texts, chosen = texts_of("itineraires"), list[str]()
    if form.wheelchair:
        chosen.append(words.lower_first(texts["fauteuil"]))
    if form.vehicle:
        chosen.append(texts[f"velo_{form.vehicle}"])
    if form.pace != "normale":
        chosen.append(texts["option_marche"].format(vitesse=texts[f"marche_{form.pace}"]))
    if form.walk:
        chosen.append(texts["option_a_pied"].format(distance=texts[f"a_pied_{form.walk}"]))
    return tuple(chosen)
