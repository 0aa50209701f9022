"""The cheapest way to pay successive fare legs, with the transfers between them.

https://gtfs.org/documentation/schedule/reference/#fare_transfer_rulestxt
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mobilite.fares.domain.fare import Price
from mobilite.fares.domain.fare_legs import FareLeg, LegOption
from mobilite.fares.domain.fare_products import FareProducts
from mobilite.fares.domain.fare_transfers import (
    BOTH_LEGS,
    NO_LEG,
    Groups,
    TransferRule,
    TransferRules,
)


@dataclass(frozen=True, slots=True)
class _State:
    """How the legs so far are paid, as far as the next one depends on it."""

    option: LegOption
    """Of the last leg."""
    start: int
    """The first leg of its sub-journey: the legs since are linked by transfers."""
    rules: Groups | None = None
    """Where the rule of the last transfer stands; None: the last leg is not linked."""
    repeated: int = 0
    """How many transfers in succession that rule linked."""


@dataclass(frozen=True, slots=True)
class Payment:
    """The legs of a journey, and what they are paid with."""

    legs: Sequence[FareLeg]
    products: FareProducts
    medium: str
    transfers: TransferRules

    def ways(
        self, place: int, states: Mapping[_State, Price], option: LegOption
    ) -> Iterator[tuple[_State, Price]]:
        """The ways to pay the leg at `place` with an option, after those in `states` to pay the
        legs before; none if the product is not sold with the medium. Raises UnknownFare."""
        if not place and (amount := self.products.amount(option.product, self.medium)) is not None:
            yield _State(option, 0), Price(amount, (option.product,))
        for state, price in states.items():
            yield from self._next(place, state, price, option)

    def _next(
        self, place: int, state: _State, price: Price, option: LegOption
    ) -> Iterator[tuple[_State, Price]]:
        groups = state.option.leg_group, option.leg_group
        key = self.transfers.key(groups)
        repeated = state.repeated + 1 if key == state.rules else 1
        counts = repeated, place - state.start
        rules = self.transfers.applicable(groups, counts, self.legs[state.start : place + 1])
        for rule in rules:
            if paid := self._transferred(state, price, option, rule):
                yield _State(option, state.start, key, repeated), paid
        amount = self.products.amount(option.product, self.medium)
        if not rules and amount is not None:
            yield _State(option, place), price.plus(amount, option.product)

    def _transferred(
        self, state: _State, price: Price, option: LegOption, rule: TransferRule
    ) -> Price | None:
        """The price after a transfer; None if a product of it is not sold with the medium."""
        if rule.type == NO_LEG and state.rules is None:
            # In place of the first leg of the sub-journey, which is the last ticket so far.
            replaced = self.products.amount(state.option.product, self.medium)
            if replaced is None:
                return None
            price = Price(price.amount - replaced, price.products[:-1])
        tickets = [rule.product] if rule.product else []
        if rule.type == BOTH_LEGS:
            tickets.append(option.product)
        for ticket in tickets:
            amount = self.products.amount(ticket, self.medium)
            if amount is None:
                return None
            price = price.plus(amount, ticket)
        return price


def cheapest(payment: Payment, options: Sequence[Sequence[LegOption]]) -> Price | None:
    """The least price of the legs, with one of the options of each; None if one is not sold with
    the medium. Raises UnknownFare."""
    states: dict[_State, Price] = {}
    for place, choices in enumerate(options):
        reached: dict[_State, Price] = {}
        for option in choices:
            for state, price in payment.ways(place, states, option):
                if state not in reached or price.amount < reached[state].amount:
                    reached[state] = price
        states = reached
    return min(states.values(), key=lambda price: price.amount, default=None)
