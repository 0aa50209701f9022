"""The fare rules of one feed, in a dataset with the rules of others."""

from mobilite.open_data.domain.merged_fares import (
    MAX_ROWS,
    merged_leg_rules,
    merged_transfer_rules,
    other_network,
)

NETWORKS = ["bus", "tram", "other"]


def networks_of(rules: list[dict[str, str]], *, by_priority: bool = False) -> list[str]:
    merged = merged_leg_rules(rules, NETWORKS, by_priority=by_priority)
    return [f"{rule['fare_product_id']} {rule['network_id']}" for rule in merged]


def test_an_empty_network_is_each_one_that_no_rule_lists() -> None:
    rules = [{"network_id": "bus", "fare_product_id": "a"}, {"fare_product_id": "b"}]
    assert networks_of(rules) == ["a bus", "b tram", "b other"]


def test_with_priorities_an_empty_network_is_any_network() -> None:
    rules = [
        {"network_id": "bus", "fare_product_id": "a", "rule_priority": "1"},
        {"fare_product_id": "b", "rule_priority": "0"},
    ]
    assert networks_of(rules, by_priority=True) == ["a bus", "b bus", "b tram", "b other"]


def test_rules_whose_empty_values_would_mean_something_else_are_left_out() -> None:
    rules = [
        {"network_id": "bus", "from_area_id": "centre", "fare_product_id": "a"},
        {"network_id": "tram", "fare_product_id": "b"},
    ]
    assert networks_of(rules) == ["a bus", "b tram"]
    assert networks_of(rules, by_priority=True) == ["a bus"]
    timed = [{**rule, "from_timeframe_group_id": "peak"} for rule in rules[:1]]
    assert networks_of([*timed, {**rules[0], "fare_product_id": "c"}], by_priority=True) == [
        "a bus",
        "c bus",
    ]
    # No rule of the feed lists an area: an empty one is any area either way.
    plain = [{"network_id": "tram", "fare_product_id": "b"}]
    assert networks_of(plain, by_priority=True) == ["b tram"]


def test_an_empty_leg_group_is_each_one_that_no_transfer_lists() -> None:
    rules = [{"from_leg_group_id": "a", "to_leg_group_id": "b"}, {"fare_transfer_type": "0"}]
    merged = [*merged_transfer_rules(rules, ["a", "b"])]
    assert [(rule["from_leg_group_id"], rule["to_leg_group_id"]) for rule in merged] == [
        ("a", "b"),
        ("b", "a"),
    ]


def test_a_transfer_count_is_written_within_one_leg_group_only() -> None:
    rule = {"fare_transfer_type": "0"}
    pairs = [("a", "b"), ("b", "a")]
    assert transfers([rule]) == pairs
    counted = transfers([{**rule, "transfer_count": "2"}])
    assert counted == [("a", "a", "2"), ("a", "b"), ("b", "a"), ("b", "b", "2")]


def transfers(rules: list[dict[str, str]]) -> list[tuple[str, ...]]:
    columns = ("from_leg_group_id", "to_leg_group_id", "transfer_count")
    merged = merged_transfer_rules(rules, ["a", "b"])
    return [tuple(rule[name] for name in columns if name in rule) for rule in merged]


def test_a_transfer_between_too_many_leg_groups_is_left_out() -> None:
    groups = [str(number) for number in range(MAX_ROWS // 10)]
    assert not [*merged_transfer_rules([{"fare_transfer_type": "0"}], groups)]


def test_rules_for_too_many_networks_are_left_out() -> None:
    networks = [str(number) for number in range(MAX_ROWS // 2)]
    rules = [{"fare_product_id": product} for product in ("a", "b", "c")]
    merged = merged_leg_rules(rules, networks, by_priority=False)
    assert {rule["fare_product_id"] for rule in merged} == {"a", "b"}


def test_the_network_of_other_routes_has_an_id_of_its_own() -> None:
    assert other_network(["bus"]) == "other"
    assert other_network(["other", "other-"]) == "other--"
