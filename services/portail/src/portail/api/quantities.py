"""Distances, durations, masses and prices as text, in the language of the request."""

from typing import Final

from portail.api.texts import texts_of
from socle.pages import page_request

_SPACE: Final = "\N{NO-BREAK SPACE}"


def is_singular(number: int) -> bool:
    """Whether what is counted is in the singular: in French, of none too."""
    return number == 1 or (number == 0 and page_request().language == "fr")


def distance(metres: float) -> str:
    """« 350 m », « 1,2 km »: rounded to 10 or 100 metres."""
    if metres < 1000:
        return f"{round(metres / 10) * 10}{_SPACE}m"
    return f"{metres / 1000:.1f}{_SPACE}km".replace(".", texts_of()["virgule"])


def height(centimetres: int) -> str:
    """« 1,90 m »."""
    return f"{centimetres / 100:.2f}{_SPACE}m".replace(".", texts_of()["virgule"])


def duration(seconds: int) -> str:
    """« 38 min », « 1 h 20 »: rounded up to a minute."""
    hours, minutes = divmod(-(-seconds // 60), 60)
    if not hours:
        return f"{minutes}{_SPACE}min"
    return f"{hours}{_SPACE}h{_SPACE}{minutes:02d}"


def mass(milligrams: float) -> str:
    """« 0 g », « 20 mg », « 45 g », « 420 g », « 1,3 kg »: two or three digits, as no factor is
    known more exactly."""
    if 0 < round(milligrams) < 1000:
        return f"{round(milligrams)}{_SPACE}mg"
    grams = round(milligrams / 1000)
    if grams < 100:
        return f"{grams}{_SPACE}g"
    if grams < 995:
        return f"{round(grams / 10) * 10}{_SPACE}g"
    return f"{grams / 1000:.1f}{_SPACE}kg".replace(".", texts_of()["virgule"])


def price(amount: float, currency: str) -> str:
    """« 1,80 € », « 2 € », « 3,50 CHF ». `currency`: ISO 4217."""
    texts = texts_of()
    number = f"{amount:.0f}" if amount == round(amount) else f"{amount:.2f}"
    pattern = texts.get(f"prix_{currency}", texts["prix"])
    return pattern.format(n=number.replace(".", texts["virgule"]), devise=currency)


def percent(share: float) -> str:
    """« 97 % » of a part from 0 to 1: 100 % only of all, 0 % only of nothing."""
    number = 100 if share == 1 else 0 if share == 0 else min(99, max(1, round(share * 100)))
    return texts_of()["pour_cent"].format(n=number)


def count(number: float) -> str:
    """« 12 340 », "12,340"."""
    # Where the decimals have the comma, thousands have a space.
    separator = _SPACE if texts_of()["virgule"] == "," else ","
    return f"{round(number):,}".replace(",", separator)


def seconds(amount: float) -> str:
    """« 45 s », « 1 min 20 », « −30 s »."""
    sign, total = ("−" if round(amount) < 0 else ""), abs(round(amount))
    minutes, rest = divmod(total, 60)
    if not minutes:
        return f"{sign}{rest}{_SPACE}s"
    return f"{sign}{minutes}{_SPACE}min" + (f"{_SPACE}{rest:02d}" if rest else "")
