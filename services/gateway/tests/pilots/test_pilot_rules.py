"""Which arm a pilot assigns to whom, and which pilots are refused, with their reasons."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from gateway_world import KEYS, table

from gateway.callers.domain.identity import Identity
from gateway.pilots.domain.arms import Arm
from gateway.pilots.domain.participants import find_participant
from gateway.pilots.domain.pilots import MAX_ON_A_ROUTE, MAX_PILOTS, Pilot, Pilots, Switch
from gateway.proxy.adapters.upstream_tokens import SignedUpstreamTokens
from gateway.routes.domain.request_context import RequestContext
from socle.auth.compact import MAX_TOKEN_BYTES

NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
PATTERNS = frozenset({"/a", "/b/{rest...}"})
GOOD = Pilot(
    id="alertes",
    state="running",
    arms=(Arm("habituel", 5_000), Arm("prevenu", 5_000)),
    control="habituel",
    salt=bytes(range(32)),
    routes=frozenset({"/a"}),
)


def all_of(*pilots: Pilot) -> Pilots:
    return Pilots().with_changes({pilot.id: pilot for pilot in pilots}, PATTERNS)


def test_a_running_pilot_covers_its_routes_and_no_other() -> None:
    pilots = all_of(replace(GOOD, routes=frozenset({"/b/{rest...}"})))
    assert list(pilots.covering) == ["/b/{rest...}"]
    assert pilots.refused == {}


@pytest.mark.parametrize("state", ["draft", "closed"])
def test_a_draft_and_a_closed_pilot_give_nothing(state: str) -> None:
    pilot = replace(GOOD, state=state, salt=None)  # type: ignore[arg-type]
    assert all_of(pilot).covering == {}
    assert all_of(pilot).refused == {}
    assert pilot.arm_of("alice", NOW) is None


def test_paused_everyone_is_on_the_control_arm() -> None:
    subjects = [f"person-{n}" for n in range(100)]
    assert {GOOD.arm_of(subject, NOW) for subject in subjects} == {"habituel", "prevenu"}
    paused = replace(GOOD, state="paused")
    assert {paused.arm_of(subject, NOW) for subject in subjects} == {"habituel"}
    assert "/a" in all_of(paused).covering


def test_a_place_that_switches_has_the_arm_of_the_instant() -> None:
    hour = timedelta(hours=1)
    pilot = replace(
        GOOD,
        places={"nord": "habituel", "sud": "habituel"},
        switches={"nord": (Switch(NOW, "prevenu"), Switch(NOW + hour, "habituel"))},
    )
    arms = [pilot.arm_of("alice", NOW + each, "nord") for each in (-hour / 60, 0 * hour, hour)]
    assert arms == ["habituel", "prevenu", "habituel"]
    assert pilot.arm_of("alice", NOW, "sud") == "habituel"
    assert replace(pilot, state="paused").arm_of("alice", NOW, "nord") == "habituel"


def test_everybody_of_one_place_is_on_its_arm() -> None:
    pilot = replace(GOOD, places={"nord": "habituel", "sud": "prevenu"})
    subjects = [f"person-{n}" for n in range(50)]
    for place, arm in (("nord", "habituel"), ("sud", "prevenu")):
        assert {pilot.arm_of(subject, NOW, place) for subject in subjects} == {arm}
    # Without one of its places nobody has an arm, whatever the weights.
    paused = replace(pilot, state="paused")
    for place in (None, "est"):
        assert pilot.arm_of("alice", NOW, place) is None
        assert paused.arm_of("alice", NOW, place) is None
    assert paused.arm_of("alice", NOW, "sud") == "habituel"


def test_nothing_is_given_before_the_start_nor_from_the_end_on() -> None:
    hour = timedelta(hours=1)
    pilot = replace(GOOD, starts=NOW, ends=NOW + hour)
    assert pilot.arm_of("alice", NOW - hour) is None
    assert pilot.arm_of("alice", NOW) is not None
    assert pilot.arm_of("alice", NOW + hour) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"arms": (Arm("habituel", 10_000),)}, "1 bras"),
        ({"places": {"nord": "autre"}}, "un lieu reçoit autre"),
        (
            {"places": {"nord": "habituel"}, "switches": {"nord": (Switch(NOW, "autre"),)}},
            "un lieu reçoit autre",
        ),
        ({"arms": tuple(Arm(f"a{n}", 1_000) for n in range(10))}, "10 bras"),
        ({"arms": (Arm("habituel", 5_000), Arm("habituel", 5_000))}, "même nom"),
        ({"arms": (Arm("habituel", 5_000), Arm("prevenu", 4_999))}, "somme des poids est 9999"),
        ({"control": "autre"}, "bras témoin autre"),
        ({"salt": None}, "pas de sel"),
        ({"routes": frozenset()}, "aucune route"),
        ({"routes": frozenset({"/a", "/.*"})}, r"la route /\.\* n'est pas de celles"),
        ({"starts": NOW, "ends": NOW}, "finit avant"),
    ],
)
def test_an_unusable_pilot_is_refused_in_words_and_the_others_stand(
    change: dict[str, object], words: str
) -> None:
    other = replace(GOOD, id="autre")
    pilots = all_of(replace(GOOD, **change), other)  # type: ignore[arg-type]
    assert pilots.covering == {"/a": (other,)}
    (why,) = pilots.refused.values()
    assert why.startswith("Le pilote alertes est écarté")
    assert re.search(words, why)


def test_a_repaired_pilot_is_given_again_and_a_deleted_one_no_more() -> None:
    pilots = all_of(replace(GOOD, control="autre"))
    assert pilots.covering == {}
    pilots = pilots.with_changes({GOOD.id: GOOD}, PATTERNS)
    assert pilots.covering == {"/a": (GOOD,)}
    assert pilots.refused == {}
    assert pilots.with_changes({GOOD.id: None}, PATTERNS) == Pilots()


def test_a_route_and_the_gateway_limit_the_number_of_pilots() -> None:
    """The same pilots on every replica, in any order of arrival."""
    many = [replace(GOOD, id=f"p{n:03}") for n in range(MAX_ON_A_ROUTE + 1)]
    for pilots in (all_of(*many), all_of(*reversed(many))):
        assert len(pilots.covering["/a"]) == MAX_ON_A_ROUTE
        assert list(pilots.refused) == [many[-1].id]
    patterns = frozenset(f"/{n}" for n in range(MAX_PILOTS + 1))
    each = {f"p{n:03}": replace(GOOD, id=f"p{n:03}", routes={f"/{n}"}) for n in range(101)}
    assert list(Pilots().with_changes(each, patterns).refused) == ["p100"]  # type: ignore[arg-type]


def test_the_arms_of_a_route_that_is_full_fit_in_one_token() -> None:
    full = context(subject="s" * 43)
    full.arms = {f"{n:02}".rjust(48, "p"): "a" * 32 for n in range(MAX_ON_A_ROUTE)}
    assert len(SignedUpstreamTokens(KEYS).issue(full)) < MAX_TOKEN_BYTES / 2


VALUE = "AAECAwQFBgcICQoLDA0ODw"


def context(cookie: str | None = None, subject: str = "") -> RequestContext:
    return RequestContext(
        route=table().routes[2],
        method="GET",
        target="/echo/a",
        client_address="127.0.0.1",
        headers={} if cookie is None else {b"cookie": cookie.encode()},
        identity=Identity(subject=subject),
    )


@pytest.mark.parametrize(
    ("cookie", "body"),
    [
        (f"__Host-participant={VALUE}", f"participant:{VALUE}"),
        (f"a=b; __Host-participant={VALUE}; c=d", f"participant:{VALUE}"),
        (f"x__Host-participant={VALUE}", None),
        (f"a=b __Host-participant={VALUE}", None),
        ("__Host-participant=court", None),
        (f"__Host-participant={'A' * 129}", None),
        (f"__Host-participant={VALUE}:x", None),
        ("__Host-participant=", None),
        (None, None),
    ],
)
def test_who_takes_part_without_an_account_is_known_by_a_cookie(
    cookie: str | None, body: str | None
) -> None:
    assert find_participant(context(cookie)) == body


def test_an_identified_caller_is_no_other_participant() -> None:
    assert find_participant(context(f"__Host-participant={VALUE}", subject="alice")) == "alice"
