"""Polls of real files: what followers of the tables come to know."""

from collections import Counter
from pathlib import Path

import pytest
from polled import NOON, Address, Follower, T

from mobilite.events import TripUpdateV1
from mobilite.polling.domain.entity_state import EntityState
from mobilite.polling.flows.poll_feeds import restore_feeds
from mobilite.polling.flows.publish_entities import PublishedEntities
from socle.clock import ManualClock
from socle.errors import Retry


async def test_only_changes_are_reported(
    addresses: tuple[Address, Address], follower: Follower
) -> None:
    one, _ = addresses
    await one.publish(T - 30, a=10, b=20)
    await one.publish(T, a=10, b=25, c=0)
    assert follower.result == ["+tao:a::", "+tao:b::", "+tao:b::", "+tao:c::"]
    await one.publish(T, c=0)
    assert (follower.delays(), follower.result[-2:]) == ({"c": 0}, ["-tao:a::", "-tao:b::"])
    poll = follower.poll()
    assert (poll.outcome, poll.as_of, poll.trips) == ("accepted", NOON, 1)
    assert poll.entities.trip_updates == 1


async def test_a_file_that_stands_still_is_unchanged_and_grows_old(
    addresses: tuple[Address, Address], follower: Follower, clock: ManualClock
) -> None:
    one, _ = addresses
    await one.publish(T - 5, a=10)
    first = follower.poll()
    clock.advance(60)
    await one.poll()
    poll = follower.poll()
    assert (poll.outcome, poll.as_of) == ("unchanged", first.as_of)
    assert poll.attempted_at == poll.succeeded_at == clock.now()


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"<html>", "html"), (b"", "empty"), (b"\x0a\xff", "not_protobuf"), (None, "file_missing")],
)
async def test_what_was_known_is_retained_when_an_address_fails(
    addresses: tuple[Address, Address],
    follower: Follower,
    clock: ManualClock,
    body: bytes | None,
    code: str,
) -> None:
    one, _ = addresses
    await one.publish(T - 5, a=10)
    taken = follower.poll()
    for _ in range(2):
        if body is None:
            one.path.unlink(missing_ok=True)
            await one.poll()
        else:
            await one.answers(body)
        clock.advance(15)
    poll = follower.poll()
    assert follower.delays() == {"a": 10}
    assert poll.error is not None
    assert (poll.error.code, poll.error.since) == (code, NOON)
    assert (poll.outcome, poll.consecutive_failures) == ("failed", 2)
    assert (poll.as_of, poll.succeeded_at) == (taken.as_of, taken.succeeded_at)
    await one.publish(T + 20, a=12)
    assert follower.poll().error is None
    assert follower.delays() == {"a": 12}


async def test_a_message_that_goes_back_in_time_is_refused_and_counted(
    addresses: tuple[Address, Address], follower: Follower
) -> None:
    one, _ = addresses
    await one.publish(T - 5, a=10)
    await one.publish(T - 35, a=5)
    poll = follower.poll()
    assert poll.error is not None
    assert (poll.error.code, poll.refused_older) == ("older", 1)
    assert "30 s" in poll.error.message
    assert follower.delays() == {"a": 10}


async def test_two_addresses_of_a_feed_never_wipe_each_other(
    addresses: tuple[Address, Address], follower: Follower
) -> None:
    one, two = addresses
    await one.publish(T, a=(1, T - 20), b=(1, T - 20))
    await two.publish(T, a=(2, T - 10), c=2)
    assert follower.delays() == {"a": 2, "b": 1, "c": 2}
    assert (follower.poll(1).trips, follower.poll(1).superseded) == (2, 0)
    await one.poll()
    assert (follower.poll(0).trips, follower.poll(0).superseded) == (1, 1)
    await two.publish(T + 1)
    assert follower.delays() == {"a": 1, "b": 1}
    await one.answers(b"<html>")
    assert follower.delays() == {"a": 1, "b": 1}


async def test_an_address_without_news_yields_to_the_other(
    addresses: tuple[Address, Address], follower: Follower, clock: ManualClock
) -> None:
    one, two = addresses
    await one.publish(T, a=1, b=1)
    await two.publish(T, a=2)
    assert follower.delays() == {"a": 1, "b": 1}
    clock.advance(600)
    await two.publish(T + 590, a=3)
    await one.answers(b"")
    assert follower.delays() == {"a": 3, "b": 1}


async def test_after_a_broken_announcement_everything_is_reported_again(
    addresses: tuple[Address, Address], follower: Follower
) -> None:
    one, _ = addresses
    follower.away, follower.lost_after = True, 1
    with pytest.raises(Retry):
        await one.publish(T - 10, a=1, b=1)
    assert follower.delays() == {"a": 1}
    follower.away = False
    await one.publish(
        T, b=2
    )  # "a" arrived although it was not acknowledged: it must not stay for ever
    assert follower.delays() == {"b": 2}


async def test_what_the_table_holds_already_is_not_repeated_after_a_restart(
    tmp_path: Path, follower: Follower, clock: ManualClock
) -> None:
    before = Address(tmp_path / "0.pb", PublishedEntities(EntityState()), follower, clock)
    await before.publish(T - 30, a=1, b=1, gone=1)
    follower.result.clear()
    result = restore_feeds(follower.held(TripUpdateV1), [follower.poll()])["tao"]
    after = Address(tmp_path / "0.pb", result.entities, follower, clock)
    after.state = result.states[0]
    await after.publish(T - 35, a=9)
    assert follower.poll().refused_older == 1
    await after.publish(T, a=1, b=2)
    assert follower.result == ["+tao:b::", "-tao:gone::"]


async def test_doubts_are_reported_as_long_as_they_last(
    addresses: tuple[Address, Address], follower: Follower
) -> None:
    one, _ = addresses
    for at in (T - 20, T - 10):  # the second time nothing changed, and nothing is walked
        await one.publish(at, a=9_999_999)
        notes = Counter({note.code: note.count for note in follower.poll().notes})
        assert notes == {"delay_implausible": 1}
    await one.publish(T, a=1)
    assert follower.poll().notes == ()
