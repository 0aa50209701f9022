"""What a journey is the best in, emits and costs, in the language of the request."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from portail.api import quantities
from portail.api.texts import texts_of
from portail.domain.journeys import Emissions, Fare, Journey, Leg
from socle.pages import typeset

LEAST_CO2E: Final = "least_co2e"


@dataclass(frozen=True, slots=True)
class ReasonView:
    """A reason to choose a journey."""

    text: str
    put_forward: bool
    """Whether it is that of the law: the lowest emissions (code des transports, D.1115-21)."""


@dataclass(frozen=True, slots=True)
class CostsView:
    """What a journey emits and costs."""

    emissions: tuple[str, ...]
    """CO2, even if unknown; NOx and PM10 if they are known."""
    price: str | None
    """None: not to be displayed."""
    fare: str | None
    """What the price buys, and on which conditions; None if it is unknown."""


def reason_views(
    reasons: Sequence[str], *, weighed: bool, put_forward: bool
) -> tuple[ReasonView, ...]:
    """The reasons that have words here; the lowest emissions first. `weighed`: whether what each
    journey of the page emits is known, so that none can emit less. `put_forward`: whether it is the
    one of the page whose emissions are put forward."""
    texts = dict(texts_of("itineraires"))
    if not weighed:
        texts[f"raison_{LEAST_CO2E}"] = texts["raison_co2_connu"]
    ordered = sorted(reasons, key=lambda reason: reason != LEAST_CO2E)
    return tuple(
        ReasonView(texts[f"raison_{reason}"], put_forward and reason == LEAST_CO2E)
        for reason in ordered
        if f"raison_{reason}" in texts
    )


def costs_view(journey: Journey, *, priced: bool) -> CostsView:
    """What a journey emits and costs. `priced`: whether to state that a price is unknown."""
    price = fare = None
    if journey.fare is not None:
        price = quantities.price(journey.fare.amount, journey.fare.currency)
        fare = _fare(journey.fare)
    elif any(_is_paid(leg, priced=priced) for leg in journey.legs):
        price = texts_of("itineraires")["prix_inconnu"]
    return CostsView(_emissions(journey.emissions), price, fare)


def _is_paid(leg: Leg, *, priced: bool) -> bool:
    """Whether people miss the price of a leg: that of driving and parking always, that of a ride if
    another journey of the page states its own."""
    return leg.mode == "car" or (priced and (leg.route is not None or leg.rental is not None))


def _emissions(emissions: Emissions) -> tuple[str, ...]:
    texts = texts_of("itineraires")
    known = [
        texts["co2_inconnu"]
        if emissions.co2e_g is None
        else texts["co2"].format(masse=quantities.mass(emissions.co2e_g * 1000))
    ]
    for name, milligrams in (("nox", emissions.nox_mg), ("pm10", emissions.pm10_mg)):
        if milligrams is not None:
            known.append(texts[name].format(masse=quantities.mass(milligrams)))
    return tuple(known)


def _fare(fare: Fare) -> str:
    products = ", ".join(typeset(product) for product in fare.products)
    return " – ".join(part for part in (products, typeset(fare.note)) if part)
