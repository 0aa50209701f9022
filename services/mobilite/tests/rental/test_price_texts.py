"""What a rental costs, in one sentence."""

import pytest

from mobilite.events import PriceSegment, PricingPlan
from mobilite.rental.api.price_texts import price_words


def step(start: int, rate: float, interval: int, end: int | None = None) -> PriceSegment:
    return PriceSegment(start=start, rate=rate, interval=interval, end=end)


@pytest.mark.parametrize(
    ("price", "minutes", "kilometres", "words"),
    [
        (0, [], [], "gratuit"),
        (1.7, [], [], "1,70 €"),
        (1, [step(0, 0.2, 1)], [], "1,00 €, puis 0,20 € par min"),
        (0, [step(30, 1, 30)], [], "1,00 € par 30 min après 30 min"),
        (0, [step(0, 0, 1), step(0, 0.1, 1, 20)], [], "0,10 € par min jusqu'à 20 min"),
        (
            3,
            [step(10, 2, 0, 60)],
            [step(0, 0.25, 1)],
            "3,00 €, puis 2,00 € de 10 à 60 min et 0,25 € par km",
        ),
    ],
)
def test_prices_are_one_sentence(
    price: float, minutes: list[PriceSegment], kilometres: list[PriceSegment], words: str
) -> None:
    plan = PricingPlan(
        plan_id="p",
        currency="EUR",
        price=price,
        per_min=tuple(minutes),
        per_km=tuple(kilometres),
    )
    assert price_words(plan) == words
