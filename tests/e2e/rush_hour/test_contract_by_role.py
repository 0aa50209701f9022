"""The platform's OpenAPI contract through the gateway, as each role: responses match the contract,
and none is a server error."""

import asyncio
from collections import Counter
from contextlib import nullcontext, suppress
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from running_demo import Demo

from gateway.routes.domain.route_table import TABLE
from socle.testing import one_size

pytestmark = pytest.mark.e2e

# Seconds: a merged schedule is long in the making on a machine that does other things.
PATIENCE = 60
ROLES = ("professional", "patient", "traveller", "integrator", "coordinator")
_EXCLUDED = "stream$|^/auth/v1/keys"
"""Streams do not end, and the keys that the test would create are not revoked."""
_FEW = settings(
    max_examples=1, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
MOST_REFUSED = 0.02
"""Responses of 429 are excluded: the test checks services, not plans."""


async def test_no_service_is_missing_from_the_contract(demo: Demo) -> None:
    """A service can be ready although its own OpenAPI document cannot be made."""
    contract = await demo.get("/openapi.json")
    assert "x-unavailable" not in contract
    documented = {TABLE.get(path).service for path in contract["paths"]}
    # The portal has pages only, which are not part of the contract.
    apis = {each.service for each in TABLE.routes if each.plan_class not in ("page", "asset")}
    assert documented == apis
    # An operation has a padlock where it needs credentials, whichever service checks them.
    locked = {
        path for path, item in contract["paths"].items() if item.get("get", {}).get("security")
    }
    assert {"/mobilite/v1/desk", "/pilotes/v1/pilots/{pilot_id}/members"} <= locked
    assert locked.isdisjoint({"/mobilite/v1/stops", "/pilotes/v1/pilots", "/fhir/metadata"})


@one_size
@pytest.mark.deep_only
async def test_each_role_gets_the_answers_of_the_contract(demo: Demo) -> None:
    # On a day gone by: tokens are of today all the same.
    # No plan limits this key: without it, most of these requests would be refused.
    house = {"x-api-key": demo.client.headers["x-api-key"]}
    callers = {"anonymous": house}
    for role in ROLES:
        headers = {**house, "authorization": f"Bearer {await demo.token(role)}"}
        me = await demo.client.get(f"{demo.address}/auth/me", headers=headers)
        assert (await me.json())["role"] == role
        callers[role] = headers
    addresses, answers = await asyncio.to_thread(request_everything, demo.address, callers)
    assert addresses > 15
    for role in callers:
        held_to_services(role, addresses, answers[role])


def held_to_services(role: str, addresses: int, answers: Counter[int]) -> None:
    """Whether services answered, rather than plans refused."""
    assert answers.total() >= addresses, (role, answers)
    assert answers[429] <= MOST_REFUSED * answers.total(), (role, answers)
    assert any(status < 300 for status in answers), (role, answers)


def request_everything(
    address: str, callers: dict[str, dict[str, str]]
) -> tuple[int, dict[str, Counter[int]]]:
    """Request every address that ends its answers, as often fitting the contract as not. An example
    is sent as every caller: to generate it takes longer than to send it. `callers`: their headers.

    Returns how many addresses there are, and how often each status was answered to each.
    """
    import schemathesis
    from schemathesis import GenerationMode
    from schemathesis.checks import not_a_server_error
    from schemathesis.specs.openapi.checks import (
        content_type_conformance,
        response_schema_conformance,
        status_code_conformance,
    )

    checks = [
        not_a_server_error,
        status_code_conformance,
        content_type_conformance,
        response_schema_conformance,
    ]
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json").exclude(path_regex=_EXCLUDED)
    requests, answers = 0, {role: Counter[int]() for role in callers}
    for found in schema.get_all_operations():
        operation = found.ok()
        requests += 1
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @_FEW
            @given(case=operation.as_strategy(mode))
            def send(case: Any) -> None:
                for role, headers in callers.items():
                    answer = case.call_and_validate(
                        base_url=address, checks=checks, headers=headers, timeout=PATIENCE
                    )
                    answers[role][answer.status_code] += 1

            with suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext():
                send()
    return requests, answers
