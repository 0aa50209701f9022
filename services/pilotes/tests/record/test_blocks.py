"""A switchback: the draw of the blocks, its mistakes, and what it can find."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from written_protocols import AT, PILOT, written_protocol

from pilotes.people.domain.eligibility import check_place
from pilotes.record.adapters.pilot_announcement import pilot_event
from pilotes.record.api.protocol_models import ProtocolBody, ShownProtocol
from pilotes.record.domain.detectable_effects import detectable_effects
from pilotes.record.domain.draws.designs import Design, Place
from pilotes.record.domain.draws.schedule_checks import mistake_of_opening
from pilotes.record.domain.draws.schedules import draw_schedule, pairs_of_blocks, share_that_counts
from pilotes.record.domain.protocol import Indicator, Protocol
from pilotes.record.domain.protocol_checks import mistakes_of, mistakes_of_amendment

DAY = timedelta(days=1)
PARIS = ZoneInfo("Europe/Paris")
SHARE = Indicator(
    "part", "A suivi", "proportion", "use:board-watched", "up", "primary", 0.5, 0.7, window_days=3
)
SERVICE = (Place("service", "Tout le service"),)
BLOCKS = Design("switchback", "", SERVICE, block_days=7)
SALT = b"s" * 32


def protocol(**given: Any) -> Protocol:
    values: dict[str, Any] = {
        "planned_per_arm": 400,
        "indicators": (SHARE,),
        "ends_at": AT + 120 * DAY,
        "design": BLOCKS,
    }
    return written_protocol(**(values | given))


def test_each_pair_of_blocks_has_one_of_each_in_a_drawn_order() -> None:
    drawn = draw_schedule(SALT, protocol())
    # Eight pairs of two weeks, and one that the end of the trial cuts; summer time begins between.
    local = tuple(each.astimezone(PARIS).replace(tzinfo=None) for each in drawn.edges)
    assert local == tuple(local[0] + 7 * at * DAY for at in range(19))
    assert (drawn.edges[0], drawn.edges[4]) == (AT, AT + 28 * DAY - timedelta(hours=1))
    (treated,) = drawn.treated.values()
    assert all(treated[at] != treated[at + 1] for at in range(0, 18, 2))
    longer = draw_schedule(SALT, protocol(ends_at=AT + 300 * DAY))
    assert longer.treated["service"][:18] == treated
    first = [draw_schedule(f"{n}".encode(), protocol()).treated["service"] for n in range(300)]
    for at in (0, 6):
        assert abs(sum(each[at] for each in first) - 150) < 35


def test_the_gateway_receives_each_change() -> None:
    drawn = draw_schedule(SALT, protocol())
    (place,) = pilot_event(PILOT, protocol(), SALT).places
    arms = []
    for at in drawn.edges[:-1]:
        past = [each.arm for each in place.switches if each.at <= at]
        arms.append(past[-1] if past else place.arm)
    names = ["bras" if each else "temoin" for each in drawn.treated["service"]]
    assert arms == names
    assert all(each.at in drawn.edges for each in place.switches)
    # Two blocks in a row can have the same arm.
    assert 9 <= len(place.switches) < 17


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"design": replace(BLOCKS, block_days=0)}, "des blocs de 0 jours (block_days) sont trop"),
        ({"design": replace(BLOCKS, block_days=3)}, "des blocs de 3 jours (block_days) sont trop"),
        ({"design": replace(BLOCKS, washout_hours=96)}, "après 96 heures qui ne comptent pas"),
        ({"ends_at": AT + 110 * DAY}, "7 paires de blocs : il en faut au moins 8 en tout"),
        ({"ends_at": AT + 14_000 * DAY}, "2000 blocs : c'est plus que 1000"),
        ({"design": replace(BLOCKS, places=())}, "il manque la question"),
        ({"design": replace(BLOCKS, switches=(AT + DAY,))}, "que pour un essai en escalier"),
        ({"design": Design(block_days=7)}, "ne vaut que pour un essai en alternance"),
        (
            {"indicators": (SHARE, replace(SHARE, id="g", role="guardrail", bound=-0.1))},
            "n'a pas de garde-fou",
        ),
    ],
)
def test_a_switchback_that_cannot_conclude_is_refused(changes: dict[str, Any], words: str) -> None:
    assert mistakes_of(protocol()) == ()
    found = mistakes_of(protocol(**changes))
    assert any(words in each for each in found), found


def test_blocks_do_not_change_during_a_trial() -> None:
    other = protocol(design=replace(BLOCKS, block_days=6))
    assert any("design" in each for each in mistakes_of_amendment(protocol(), other))


def test_the_only_place_is_not_a_question() -> None:
    assert check_place(BLOCKS, "", None) == "service"
    assert not BLOCKS.has_place_choice
    assert replace(BLOCKS, places=(*SERVICE, Place("a", "A"))).has_place_choice


def test_more_blocks_show_more() -> None:
    (few,) = detectable_effects(protocol())
    (many,) = detectable_effects(protocol(planned_per_arm=800, ends_at=AT + 240 * DAY))
    assert few.smallest is not None
    assert many.smallest is not None
    assert many.smallest < few.smallest < 0.5
    size = "Avec 8 paires de blocs et 800 personnes en tout, dont 427 comptent si les inscriptions"
    assert size in few.sentence
    assert share_that_counts(protocol()) == pytest.approx(16 * 4 / 120, abs=0.001)
    (none,) = detectable_effects(protocol(ends_at=AT + 60 * DAY))
    assert none.smallest is None
    assert "il faut au moins 8 paires de blocs" in none.sentence


def test_a_block_has_its_days_when_clocks_change() -> None:
    """Eight pairs as typed are eight pairs as stored, in an hour less than 112 days."""
    typed = protocol(
        starts_at=datetime(2026, 3, 2, tzinfo=PARIS), ends_at=datetime(2026, 6, 22, tzinfo=PARIS)
    )
    content = ShownProtocol.model_validate(typed).model_dump(exclude={"version"})
    stored = ProtocolBody.model_validate(content).protocol()
    assert stored.starts_at.tzinfo == UTC
    for each in (typed, stored):
        assert pairs_of_blocks(each) == 8
        assert mistakes_of(each) == ()
        assert draw_schedule(SALT, each).edges == draw_schedule(SALT, typed).edges
    assert draw_schedule(SALT, stored).edges[-1] == stored.ends_at
    assert draw_schedule(SALT, stored).treated == draw_schedule(SALT, typed).treated


@pytest.mark.parametrize(
    ("late", "pairs"),
    [
        (0, 9),
        # A block is seven days: three of observation, one to enrol, and three to spare.
        (3, 9),
        (3.5, 8),
        (17, 8),
        (17.5, 7),
        (119, 0),
    ],
)
def test_a_switchback_opens_while_enough_pairs_are_to_come(late: float, pairs: int) -> None:
    trial = protocol(ends_at=AT + 126 * DAY)
    found = mistake_of_opening(trial, AT + late * DAY)
    if pairs >= 8:
        assert found is None
    else:
        assert found is not None
        assert f"1 lieux et {pairs} paires de blocs" in found
