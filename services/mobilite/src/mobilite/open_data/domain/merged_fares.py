"""The fare rules (GTFS fares v2) of one feed, restricted to that feed.

An empty network_id or leg group of a rule stands for others of the dataset. In the merged schedule
it would stand for those of other operators: the ones of the feed that it stands for are written
instead. https://gtfs.org/documentation/schedule/reference/#fare_leg_rulestxt
"""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import Final

from mobilite.timetable.domain.notes import Row

PRIORITY: Final = "rule_priority"
MAX_ROWS: Final = 100_000
"""Rows that the rules of a feed with empty values can become; a rule beyond that is left out."""
_AREAS: Final = ("from_area_id", "to_area_id")
_LEG_GROUPS: Final = ("from_leg_group_id", "to_leg_group_id")


def other_network(networks: Sequence[str]) -> str:
    """An id for the routes that are in none of the networks of a feed."""
    name = "other"
    while name in networks:
        name += "-"
    return name


def merged_leg_rules(
    rules: Sequence[Row], networks: Sequence[str], *, by_priority: bool
) -> Iterator[Row]:
    """The rows of fare_leg_rules.txt of one feed.

    `networks`: all of the feed, so that each of its routes is in one. `by_priority`: whether the
    merged file has rule_priority. The column changes what an empty area means, "each one that no
    rule lists" without it and "any" with it. A feed without the column loses the rules for which
    that makes a difference: no fare is better than a wrong one. An empty timeframe is any time in
    both cases.
    """
    own_priority = any(PRIORITY in rule for rule in rules)
    listed = {name: any(name in rule for rule in rules) for name in _AREAS}
    others = [*networks] if own_priority else _unlisted(rules, "network_id", networks)
    left = MAX_ROWS
    for rule in rules:
        ambiguous = any(listed[name] and name not in rule for name in _AREAS)
        if by_priority and not own_priority and ambiguous:
            continue
        if "network_id" in rule:
            yield rule
        elif len(others) <= left:
            left -= len(others)
            yield from ({**rule, "network_id": network} for network in others)


def merged_transfer_rules(rules: Sequence[Row], leg_groups: Sequence[str]) -> Iterator[Row]:
    """The rows of fare_transfer_rules.txt of one feed. `leg_groups`: all of the feed."""
    unlisted = {name: _unlisted(rules, name, leg_groups) for name in _LEG_GROUPS}
    left = MAX_ROWS
    for rule in rules:
        first, last = ([rule[each]] if each in rule else unlisted[each] for each in _LEG_GROUPS)
        if (added := max(len(first) * len(last) - 1, 0)) <= left:
            left -= added
            for pair in product(first, last):
                yield from _transfer_rule({**rule, **dict(zip(_LEG_GROUPS, pair, strict=True))})


def _transfer_rule(rule: Row) -> Iterator[Row]:
    """A rule whose leg groups are written: GTFS requires a transfer_count if they are the same, and
    forbids it otherwise."""
    first, last = (rule[each] for each in _LEG_GROUPS)
    if first != last:
        yield {name: value for name, value in rule.items() if name != "transfer_count"}
    elif "transfer_count" in rule:
        yield rule


def _unlisted(rules: Sequence[Row], column: str, values: Sequence[str]) -> list[str]:
    """Those of the values that no rule has in that column."""
    listed = {rule[column] for rule in rules if column in rule}
    return [value for value in values if value not in listed]
