"""The search of a form in a few words, in the language of the request."""

from datetime import datetime

from portail.api import words
from portail.api.pages.itineraires.form import JourneyForm
from portail.api.texts import texts_of


def when_words(form: JourneyForm, now: datetime) -> str:
    """« Partir maintenant », « Arriver demain à 08:30 ». `form`: with a day and a time that
    exist."""
    texts, at = texts_of("itineraires"), form.instant(now)
    name = "partir" if form.direction == "partir" else "arriver"
    if at is None or not (form.day or form.clock):
        return texts[f"resume_{name}_maintenant"]
    at = at.replace(tzinfo=now.tzinfo) if at.tzinfo is None else at
    past = at.date() < now.date()
    day = words.weekday(at) if past else words.day_of(at, now) or texts["aujourd_hui"]
    return texts[f"resume_{name}"].format(quand=words.at_clock(day, at))


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
