"""The search of a form in a few words, in the language of the request."""

from datetime import datetime, timedelta

from portail.api import words
from portail.api.pages.itineraires.form import JourneyForm
from portail.api.texts import texts_of


def when_words(form: JourneyForm, now: datetime) -> str:
    """« Partir maintenant », « Arriver demain à 08:30 ». Raises ValueError as the time of the form
    does."""
    texts, at, last = texts_of("itineraires"), form.instant(now), form.last_departures_of
    if at is None:
        return texts["resume_partir_maintenant"]
    at = at.replace(tzinfo=now.tzinfo)
    if last is not None:
        return texts["resume_derniers"].format(jour=_day(at - timedelta(days=1), now))
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
