"""A draw in permuted blocks: even in every stratum, the same when it is computed again, refused
where it cannot hold."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from written_protocols import AT, PILOT, written_protocol

from pilotes.lab.api.protocol_values import protocol_body, protocol_values
from pilotes.record.adapters.pilot_announcement import pilot_event
from pilotes.record.domain.amendments import substantial_changes, terms_in_force
from pilotes.record.domain.draws.designs import Design, Place, Stratum
from pilotes.record.domain.draws.permuted_blocks import (
    BlockDraw,
    block_ratio,
    longest_block,
    mistake_of_register,
)
from pilotes.record.domain.protocol import Arm, Indicator, Protocol
from pilotes.record.domain.protocol_checks import mistakes_of, mistakes_of_amendment

SHARE = Indicator("part", "A suivi", "proportion", "use:board-watched", "up", "primary", 0.5, 0.7)
AGES = (Stratum("moins-26", "Moins de 26 ans"), Stratum("plus", "26 ans ou plus"))
STRATIFIED = Design("permuted_blocks", "Quel âge avez-vous ?", strata=AGES)
EVEN = {"temoin": 5_000, "bras": 5_000}
SALT = b"s" * 32


def protocol(**given: Any) -> Protocol:
    values: dict[str, Any] = {
        "planned_per_arm": 15,
        "indicators": (SHARE,),
        "ends_at": AT.replace(month=9),
        "design": STRATIFIED,
    }
    return written_protocol(**(values | given))


def drawn(people: int, weights: Mapping[str, int] = EVEN, stratum: str = "") -> list[str]:
    draw = BlockDraw(stratum, weights, SALT)
    return [draw.arm_at(position) for position in range(people)]


@pytest.mark.parametrize(
    ("weights", "ratio", "longest"),
    [
        ((5_000, 5_000), (1, 1), 6),
        ((3_333, 3_333, 3_334), (1, 1, 1), 9),
        ((2_500, 7_500), (1, 3), 12),
        ((6_000, 4_000), (3, 2), 10),
        ((9_500, 500), (19, 1), 40),
        ((1_250,) * 8, (1,) * 8, 16),
        ((6_200, 3_800), (), 0),
        ((9_900, 100), (), 0),
        ((10_000, 0), (), 0),
        ((0, 0), (), 0),
    ],
)
def test_a_block_gives_each_arm_the_part_of_its_weight(
    weights: tuple[int, ...], ratio: tuple[int, ...], longest: int
) -> None:
    by_arm = {f"bras-{at}": each for at, each in enumerate(weights)}
    assert tuple(block_ratio(by_arm).values()) == ratio
    assert longest_block(by_arm) == longest
    if not ratio:
        with pytest.raises(ValueError, match="no block"):
            BlockDraw("", by_arm, SALT).arm_at(0)
        return
    # At no time does an arm differ from its part by more than the longest block has of it.
    counts: Counter[str] = Counter()
    for people, arm in enumerate(drawn(3 * longest, by_arm), start=1):
        counts[arm] += 1
        for name, weight in by_arm.items():
            part = weight / sum(weights)
            assert abs(counts[name] - people * part) <= longest * part + 0.1


def test_the_order_and_the_lengths_of_blocks_follow_from_the_salt_and_the_stratum() -> None:
    assert drawn(200) == drawn(200)
    assert drawn(200) != drawn(200, stratum="plus")
    # Both arms come first equally often, in 100 strata; so do short blocks.
    many = [drawn(6, stratum=f"s{number}") for number in range(100)]
    assert 35 < sum(each[0] == "bras" for each in many) < 65
    uneven = sum(len(Counter(each[:4])) < 2 or Counter(each[:4])["bras"] != 2 for each in many)
    # A first block of 4 is even after 4; of those of 6, two in five are not.
    assert 10 < uneven < 30
    assert "s" * 32 not in repr(BlockDraw("", EVEN, SALT))


def test_the_end_of_a_block_lies_at_no_place_that_everybody_knows() -> None:
    """Lengths in a fixed sum would leave arms even after every ten people, so that the last of them
    follows from the nine before."""
    many = [drawn(30, stratum=f"s{number}") for number in range(100)]
    for people in (10, 20, 30):
        assert any(arms[:people].count("bras") * 2 != people for arms in many)


def test_thirty_people_are_never_fewer_than_ten_in_an_arm() -> None:
    """A hash of each person gives such arms in one trial of 25 (decision 86)."""
    for number in range(20):
        assert min(Counter(drawn(30, stratum=str(number))).values()) >= 13


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"planned_per_arm": 5}, "5 personnes sont prévues par réponse, pour 2 réponses"),
        (
            {"planned_per_arm": 2, "design": Design("permuted_blocks")},
            "4 personnes sont prévues : il en faut au moins 6",
        ),
        ({"design": replace(STRATIFIED, question=" ")}, "ou ni l'une ni les autres"),
        ({"design": replace(STRATIFIED, strata=())}, "ou ni l'une ni les autres"),
        ({"design": replace(STRATIFIED, strata=AGES[:1])}, "il en faut de 2 à 6"),
        ({"design": replace(STRATIFIED, strata=AGES * 4)}, "il en faut de 2 à 6"),
        ({"design": replace(STRATIFIED, strata=(*AGES, AGES[0]))}, "ont le code moins-26"),
        (
            {"design": replace(STRATIFIED, strata=(*AGES, Stratum("x", " moins  de 26 ANS")))},
            "ont le texte moins de 26 ans",
        ),
        ({"design": replace(STRATIFIED, kind="individual")}, "le tirage n'est pas par blocs"),
        ({"design": replace(STRATIFIED, kind="cluster")}, "le tirage n'est pas par blocs"),
        ({"design": replace(STRATIFIED, places=(Place("a", "A"),))}, "le tirage est par personne"),
        ({"design": replace(STRATIFIED, block_days=7)}, "block_days"),
        (
            {"arms": (Arm("temoin", "Comme avant", 6_200), Arm("bras", "Autrement", 3_800))},
            "ces poids ne font pas de blocs",
        ),
    ],
)
def test_a_draw_that_cannot_be_even_is_refused(changes: dict[str, Any], words: str) -> None:
    assert mistakes_of(protocol()) == ()
    assert mistakes_of(protocol(design=Design("permuted_blocks"))) == ()
    found = mistakes_of(protocol(**changes))
    assert any(words in each for each in found), found


def test_the_draw_does_not_change_during_a_trial() -> None:
    before = protocol()
    other = replace(before, design=replace(STRATIFIED, strata=(*AGES, Stratum("tres", "90 ans"))))
    assert any("design" in each for each in mistakes_of_amendment(before, other))
    weights = (replace(before.arms[0], weight=7_500), replace(before.arms[1], weight=2_500))
    found = mistakes_of_amendment(before, replace(before, arms=weights))
    assert any("les blocs commencés" in each for each in found)
    assert not mistakes_of_amendment(before, replace(before, planned_per_arm=30))
    changes = substantial_changes(terms_in_force(PILOT, before), terms_in_force(PILOT, other))
    assert changes == ("ce qui est tiré au sort",)


def test_the_register_states_the_question() -> None:
    entry = replace(PILOT.processing, data=("usages, sous pseudonyme",))
    lacking = mistake_of_register(protocol(), entry)
    assert lacking is not None
    assert "« la réponse à “Quel âge avez-vous ?”, pour tirer" in lacking
    for stated in (
        "La réponse à : quel âge avez-vous\N{NO-BREAK SPACE}? Elle est effacée.",
        lacking,
    ):
        assert mistake_of_register(protocol(), replace(entry, data=(*entry.data, stated))) is None
    assert mistake_of_register(protocol(design=Design("permuted_blocks")), entry) is None
    assert mistake_of_register(protocol(design=Design()), entry) is None


def test_the_gateway_learns_that_consents_contain_the_arms_and_no_answer() -> None:
    event = pilot_event(PILOT, protocol(), SALT)
    assert (event.arms_in_consents, event.places) == (True, ())
    assert "26" not in event.model_dump_json(include={"title", "arms", "routes", "places"})
    assert not pilot_event(PILOT, protocol(design=Design()), SALT).arms_in_consents


def test_the_form_of_a_protocol_has_one_answer_a_line() -> None:
    values = protocol_values(protocol()) | {"design_strata": "Moins de 26 ans\n65 ans ou plus"}
    codes = [each.code for each in protocol_body(values, None).design.strata]
    assert codes == ["moins-de-26-ans", "reponse-65-ans-ou-plus"]
