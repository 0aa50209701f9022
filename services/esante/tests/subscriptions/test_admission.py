"""Which Subscriptions are accepted, and with which reason the others are refused."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from subscription_world import STREAM_TYPE, stream, subscription, to_topic

from esante.access.domain.smart_scopes import cached_access
from esante.core.domain.json_parser import parse_object
from esante.core.domain.permissions import Author
from esante.store.ports import NEVER_EXISTED, ResourceState
from esante.subscriptions.domain.subscription import lasting_author
from esante.subscriptions.flows.admit_channel import ChannelAdmission
from esante.subscriptions.flows.admit_subscription import (
    AdmittedSubscription,
    SubscriptionAdmission,
)
from socle.clock import ManualClock
from socle.errors import Refusal
from socle.http import origin_of

BASE = "https://region.example.org/fhir"
INSIDE = "http://moteur.chu.internal:8080"
GOOD = "https://abonne.example.org/fhir"
HEARTBEAT = {
    "channel": {
        key: value
        for key, value in to_topic(GOOD, "Patient", heartbeat_period=60)["channel"].items()
        if key != "endpoint"
    }
    | {"type": "websocket", "_type": STREAM_TYPE}
}
EVERYTHING = frozenset({"system/*.cruds"})


def admit(
    resource: dict[str, Any],
    *,
    scopes: frozenset[str] = EVERYTHING,
    previous: ResourceState = NEVER_EXISTED,
    https_only: bool = True,
    account: str = "p",
) -> AdmittedSubscription:
    clock = ManualClock(datetime(2026, 3, 2, 8, 0, tzinfo=UTC))
    trusted = frozenset({origin_of(INSIDE)})
    admission = SubscriptionAdmission(BASE, clock, ChannelAdmission(https_only, trusted))
    access = cached_access(Author(account, "integrator", scopes, None))
    return admission.admit(parse_object(json.dumps(resource).encode()), previous, access)


@pytest.mark.parametrize(
    ("resource", "element"),
    [
        (subscription("http://abonne.example.org", "Patient?"), "channel.endpoint"),
        (subscription("ftp://abonne.example.org", "Patient?"), "channel.endpoint"),
        (subscription("/hook", "Patient?"), "channel.endpoint"),
        (subscription("https://", "Patient?"), "channel.endpoint"),
        (subscription("https://moi:secret@abonne.example.org", "Patient?"), "channel.endpoint"),
        (subscription("https://abonne.example.org/#a", "Patient?"), "channel.endpoint"),
        (subscription("https://abonne.example.org/a\r\nb", "Patient?"), "channel.endpoint"),
        (subscription("https://abonne.example.org:99999", "Patient?"), "channel.endpoint"),
        # Inside our network, however it is written.
        *(
            (subscription(f"https://{host}/hook", "Patient?"), "channel.endpoint")
            for host in (
                "localhost",
                "postgres",
                "esante.internal",
                "127.0.0.1",
                "127.1",
                "0x7f.1",
                "2130706433",
                "0",
                "10.0.0.8",
                "169.254.169.254",
                "metadata.google.internal",
                "[::1]",
                "[::ffff:127.0.0.1]",
                "[64:ff9b::7f00:1]",
                "[fe80::1]",
                "[fd00:ec2::254]",
            )
        ),
        (subscription(GOOD, "Patient?", type="email"), "channel.type"),
        (subscription(GOOD, "Patient?", type="websocket"), "channel.type"),
        (stream("Patient?", endpoint=GOOD), "channel.endpoint"),
        (stream("Patient?", header=["A: 1"]), "channel.header"),
        (stream("Patient?", payload="application/fhir+xml"), "channel.payload"),
        (to_topic(GOOD, "Patient", heartbeat_period=60) | HEARTBEAT, "channel.extension"),
        (subscription(GOOD, "Patient?", payload="application/fhir+xml"), "channel.payload"),
        (subscription(GOOD, "Patient?", header=["Host: interne"]), "channel.header[0]"),
        (subscription(GOOD, "Patient?", header=["A: 1", "B: a\r\nC: b"]), "channel.header[1]"),
        (subscription(GOOD, "Patient?", header=["sans valeur"]), "channel.header[0]"),
        (subscription(GOOD, "Patient?", header=["A: 1"] * 21), "channel.header"),
        (subscription(GOOD, "Patient?", header=["Authorization: ***"]), "channel.header[0]"),
        (subscription(GOOD, "Rien?a=b"), "criteria"),
        (subscription(GOOD, "patients"), "criteria"),
        (subscription(GOOD, "Patient?inconnu=1"), "criteria"),
        (subscription(GOOD, "Patient?_count=5"), "criteria"),
        (subscription(GOOD, "Patient?birthdate=hier"), "criteria"),
        (subscription(GOOD, "Observation?subject:Patient.family=a"), "criteria"),
        (subscription(GOOD, "Patient?_has:Observation:patient:code=a"), "criteria"),
        (subscription(GOOD, "Observation?_content=chute"), "criteria"),
        (subscription(GOOD, "Patient?_text:not=chute"), "criteria"),
        (subscription(GOOD, "Observation?_filter=patient.name eq a"), "criteria"),
        (subscription(GOOD, "Subscription?status=active"), "criteria"),
        (subscription(GOOD, "https://autre.example.org/SubscriptionTopic/Patient"), "criteria"),
        (subscription(GOOD, "Patient?") | {"end": "2026-03-02T07:59:59Z"}, "end"),
        (to_topic(GOOD, "Observation", "Patient?family=a"), "criteria.extension"),
        (to_topic(GOOD, "Observation", "inconnu=a"), "criteria"),
        (to_topic(GOOD, "Observation", content="tout"), "channel.payload.extension"),
        (to_topic(GOOD, "Observation", heartbeat_period=1), "channel.extension"),
    ],
)
def test_what_cannot_be_served_is_refused(resource: dict[str, Any], element: str) -> None:
    resource = json.loads(json.dumps(resource))
    with pytest.raises(Refusal) as refused:
        admit(resource)
    details = refused.value.details
    assert (details["rule"], details["expression"]) == (
        "unprocessable",
        [f"Subscription.{element}"],
    )


@pytest.mark.parametrize("scope", ["system/Observation.cruds", "system/*.cud", "system/Patient.r"])
def test_criteria_outside_the_scopes_are_refused(scope: str) -> None:
    with pytest.raises(Refusal) as refused:
        admit(subscription(GOOD, "Patient?"), scopes=frozenset({scope}))
    assert refused.value.details["issue"] == "forbidden"


@pytest.mark.parametrize(
    ("resource", "criteria", "status"),
    [
        (subscription(GOOD, "Patient?family=a"), "Patient?family=a", "active"),
        (subscription(GOOD, "Patient?") | {"status": "active"}, "Patient?", "active"),
        (subscription(GOOD, "Patient"), "Patient", "active"),
        (stream("Patient?"), "Patient?", "active"),
        (subscription(f"{INSIDE}/hook", "Patient?"), "Patient?", "active"),
        (subscription(GOOD, "Patient?") | {"end": "2026-03-02T08:00:01Z"}, "Patient?", "active"),
        (to_topic(GOOD, "Patient"), "Patient", "requested"),
        (to_topic(GOOD, "Patient", "Patient?gender=male"), "Patient?gender=male", "requested"),
        (to_topic(GOOD, "Patient", "gender=male", "family=a"), "Patient?gender=male&family=a",
         "requested"),
    ],
)  # fmt: skip
def test_what_can_be_served_is(resource: dict[str, Any], criteria: str, status: str) -> None:
    admitted = admit(resource)
    found = admitted.registration.subscription
    assert found is not None
    assert (found.criteria, admitted.registration.status) == (criteria, status)
    assert admitted.parsed.value["status"] == status


@pytest.mark.parametrize(
    ("requested", "stored", "ends"),
    [
        (None, "2026-04-01T08:00:00.000Z", datetime(2026, 4, 1, 8, tzinfo=UTC)),
        ("2099-01-01T00:00:00Z", "2026-04-01T08:00:00.000Z", datetime(2026, 4, 1, 8, tzinfo=UTC)),
        (
            "2026-03-04T10:00:00+02:00",
            "2026-03-04T10:00:00+02:00",
            datetime(2026, 3, 4, 8, tzinfo=UTC),
        ),
    ],
)
def test_a_subscription_ends_after_thirty_days_at_most(
    requested: str | None, stored: str, ends: datetime
) -> None:
    end = {} if requested is None else {"end": requested}
    admitted = admit(subscription(GOOD, "Patient?") | end)
    assert admitted.registration.subscription is not None
    assert admitted.registration.subscription.ends == ends
    assert admitted.parsed.value["end"] == stored


def test_one_that_is_off_is_stored_without_its_secrets() -> None:
    resource = subscription("ftp://x", "quelconque", type="sms", header=["A: secret", "secret"])
    admitted = admit(resource | {"status": "off"})
    assert admitted.registration.subscription is None
    assert "secret" not in admitted.parsed.text


def test_http_is_accepted_in_development() -> None:
    resource = subscription("http://abonne.example.org/hook", "Patient?")
    assert admit(resource, https_only=False).registration.status == "active"


def test_a_redacted_header_goes_to_the_stored_endpoint_alone() -> None:
    resource = subscription(GOOD, "Patient?", header=["Authorization: ***"])
    previous = ResourceState(1, datetime(2026, 3, 2, tzinfo=UTC), json.dumps(resource).encode())
    assert admit(resource, previous=previous).registration.headers == ("Authorization: ***",)
    for changed in (
        subscription("https://autre.example.org", "Patient?", header=["Authorization: ***"]),
        subscription(GOOD, "Patient?", header=["Authorization: ***"] * 2),
        subscription(GOOD, "Patient?", header=["X: ***"]),
    ):
        with pytest.raises(Refusal):
            admit(changed, previous=previous)


@pytest.mark.parametrize(
    ("changes", "account", "was_off", "author"),
    [
        ({"meta": {"tag": [{"code": "vu"}]}}, "other", False, "first"),
        ({"reason": "autre"}, "other", False, "first"),
        ({"status": "off"}, "other", False, "first"),
        ({"status": "off"}, "other", True, "first"),
        ({}, "first", False, "first"),
        ({"criteria": "Observation?"}, "first", False, "first"),
        ({}, "first", True, "first"),
        # Permissions are lent by nobody but the author.
        ({}, "other", True, None),
        ({"criteria": "Observation?"}, "other", False, None),
        ({"end": "2027-01-01T00:00:00Z"}, "other", False, None),
        ({"channel": {"type": "rest-hook", "endpoint": f"{GOOD}/b"}}, "other", False, None),
        ({"status": "off", "criteria": "Observation?"}, "other", True, None),
    ],
)
def test_whose_permissions_bound_what_is_notified(
    changes: dict[str, Any], account: str, was_off: bool, author: str | None
) -> None:
    before = subscription(GOOD, "Patient?")
    previous = ResourceState(1, datetime(2026, 3, 2, tzinfo=UTC), json.dumps(before).encode())
    registration = admit(before | changes, previous=previous, account=account).registration
    # Those of the author are replaced: they can be fewer by now.
    stored = Author("first", "integrator", EVERYTHING | {"system/Patient.rs"}, None)
    if author is None:
        with pytest.raises(Refusal) as refused:
            lasting_author(registration, stored, was_off=was_off)
        assert refused.value.details["rule"] == "unprocessable"
    else:
        found = lasting_author(registration, stored, was_off=was_off)
        assert found.account == author
        assert found == (registration.author if account == author else stored)
