"""fare_products.txt: what tickets cost the default rider, by what they are stored on.

https://gtfs.org/documentation/schedule/reference/#fare_productstxt
"""

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from mobilite.fares.domain.fare import UnknownFare, parse_amount
from mobilite.timetable.domain.notes import Row

_DEFAULT: Final = "1"
"""The value of is_default_fare_category of the default category."""


class FareProducts:
    """The products of one feed that a rider of the default category can buy."""

    def __init__(
        self, products: Iterable[Row], categories: Iterable[Row], media: Iterable[Row]
    ) -> None:
        default = {
            row.get("rider_category_id", "")
            for row in categories
            if row.get("is_default_fare_category") == _DEFAULT
        }
        self.names: dict[str, str] = {}
        """By id, those that have one."""
        self.media_names = {
            row.get("fare_media_id", ""): row.get("fare_media_name", "") for row in media
        }
        self.currencies = set[str]()
        self.media = {""}
        """The ids of all media; "": any."""
        self._amounts: dict[str, dict[tuple[str, str], Decimal | None]] = defaultdict(dict)
        """By product, then medium and category; None: not understood."""
        self._undecided = set[str]()
        """Products with prices for riders of whom none is the default."""
        for row in products:
            product, category = row.get("fare_product_id", ""), row.get("rider_category_id", "")
            amounts = self._amounts[product]
            if category and category not in default:
                if len(default) != 1:
                    self._undecided.add(product)
                continue
            key = (row.get("fare_media_id", ""), category)
            amount = parse_amount(str(row.get("amount", "")))
            amounts[key] = amount if amounts.get(key, amount) == amount else None
            self.media.add(key[0])
            self.currencies.add(row.get("currency", ""))
            if name := row.get("fare_product_name"):
                self.names.setdefault(product, name)

    def amount(self, product: str, medium: str) -> Decimal | None:
        """The least price with a medium; None if it is not sold so to the default rider. Raises
        UnknownFare if that is not understood."""
        if product in self._undecided or product not in self._amounts:
            raise UnknownFare
        found = {
            amount for (each, _), amount in self._amounts[product].items() if each in (medium, "")
        }
        if None in found:
            raise UnknownFare
        return min((each for each in found if each is not None), default=None)
