"""The price of a rental as one French sentence.

https://github.com/MobilityData/gbfs/blob/v3.0/gbfs.md#system_pricing_plansjson
"""

from typing import Final

from mobilite.events import PriceSegment, PricingPlan

_SIGNS: Final = {"EUR": "€", "GBP": "£", "USD": "$", "CHF": "CHF"}


def price_words(plan: PricingPlan) -> str:
    """The price of one rental, in French: the fixed price, then the price of time and distance.
    Segments that cost nothing are left out."""
    price, currency = plan.price, plan.currency
    steps = [_step(step, currency, "min") for step in plan.per_min if step.rate]
    steps += [_step(step, currency, "km") for step in plan.per_km if step.rate]
    if not steps:
        return "gratuit" if price == 0 else _money(price, currency)
    return ", puis ".join(([_money(price, currency)] if price else []) + [" et ".join(steps)])


def _step(step: PriceSegment, currency: str, unit: str) -> str:
    every = unit if step.interval == 1 else f"{step.interval} {unit}"
    words = _money(step.rate, currency) + (f" par {every}" if step.interval else "")
    if step.start and step.end is not None:
        return f"{words} de {step.start} à {step.end} {unit}"
    if step.start:
        return f"{words} après {step.start} {unit}"
    return words if step.end is None else f"{words} jusqu'à {step.end} {unit}"


def _money(amount: float, currency: str) -> str:
    text = f"{amount:.2f}".replace(".", ",")
    return f"{text} {_SIGNS.get(currency, currency)}"
