"""GTFS Fares v2 of one feed: the cheapest way to pay successive rides.

https://gtfs.org/documentation/schedule/reference/#fare_leg_rulestxt
"""

from collections.abc import Sequence

from mobilite.fares.domain.fare import MOST_WAYS, Fare, FareRide, UnknownFare
from mobilite.fares.domain.fare_areas import FareAreas, Timeframes
from mobilite.fares.domain.fare_legs import LegJoins, LegRules
from mobilite.fares.domain.fare_payment import Payment, cheapest
from mobilite.fares.domain.fare_products import FareProducts
from mobilite.fares.domain.fare_transfers import TransferRules
from mobilite.timetable.domain.service_dates import ServiceDates
from mobilite.timetable.domain.timetable import Timetable


class FaresV2:
    """The rules of a feed. Immutable."""

    def __init__(self, timetable: Timetable) -> None:
        rows = timetable.notes.rows
        areas = FareAreas(timetable)
        timeframes = Timeframes(rows("timeframes"), ServiceDates(timetable))
        self._joins = LegJoins(rows("fare_leg_join_rules"), areas)
        self._rules = LegRules(rows("fare_leg_rules"), areas, timeframes)
        self._transfers = TransferRules(rows("fare_transfer_rules"), self._rules.leg_groups())
        self._products = FareProducts(
            rows("fare_products"), rows("rider_categories"), rows("fare_media")
        )

    def price(self, rides: Sequence[FareRide]) -> Fare:
        """The least that the rides cost, all tickets on one medium. Raises UnknownFare."""
        products = self._products
        if len(products.currencies) != 1:
            raise UnknownFare
        legs = self._joins.legs(rides)
        options = [sorted(self._rules.options(leg)) for leg in legs]
        if len(products.media) * max(map(len, options), default=0) > MOST_WAYS:
            raise UnknownFare
        prices = {
            medium: price
            for medium in sorted(products.media)
            if (price := cheapest(Payment(legs, products, medium, self._transfers), options))
        }
        if not prices:
            raise UnknownFare
        medium = min(prices, key=lambda each: (prices[each].amount, each))
        price = prices[medium]
        if price.amount < 0:
            raise UnknownFare
        names = tuple(products.names[each] for each in price.products if each in products.names)
        needed = (products.media_names.get(medium) or medium,) if medium else ()
        (currency,) = products.currencies
        return Fare(price.amount, currency, names, needed)
