"""What stands still, and what only rests."""

from socle.bus.stall_detector import StallDetector


def test_only_what_waits_and_does_not_move_stands_still():
    still = StallDetector()
    assert still.observe(10, waiting=True, now=0) == 0
    assert still.observe(10, waiting=True, now=30) == 30
    assert still.observe(11, waiting=True, now=40) == 0
    assert still.observe(11, waiting=True, now=50) == 10


def test_an_idle_reader_is_not_frozen_and_starts_afresh_when_records_come():
    still = StallDetector()
    assert still.observe(10, waiting=False, now=0) == 0
    assert still.observe(10, waiting=False, now=1000) == 0
    assert still.observe(10, waiting=True, now=1010) == 10
    assert still.observe(10, waiting=True, now=1020) == 20


def test_what_could_not_be_observed_is_no_stall():
    still = StallDetector()
    assert still.observe(10, waiting=False, now=0) == 0
    still.forget()  # the broker is away for an hour
    assert still.observe(10, waiting=True, now=3600) == 0
    assert still.observe(10, waiting=True, now=3630) == 30
