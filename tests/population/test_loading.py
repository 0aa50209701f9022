"""The population in a real FHIR server: loaded twice, and measures that arrive live."""

import itertools
import json
from collections.abc import Mapping
from datetime import date
from random import Random

import aiohttp
import pytest
from fhir_world import FhirWorld

from demo.population.devices import Devices, batch
from demo.population.loading import FhirClient, LoadError, load
from demo.population.population import Population
from socle.auth import TOKEN_HEADER
from socle.clock import SystemClock

POPULATION = Population(seed=1, today=date(2026, 3, 2), patients=1)


def client_of(fhir: FhirWorld, scope: str = "system/*.cruds") -> FhirClient:
    async def headers(expired: bool) -> Mapping[str, str]:
        return {TOKEN_HEADER.decode(): fhir._token("integrator", scope, None)}

    return FhirClient(fhir.client, f"{fhir.address}/fhir", headers)


async def test_a_second_load_writes_nothing(fhir: FhirWorld) -> None:
    # The directory's slots are many and alike: each tenth is enough here.
    batches = [
        [
            each
            for at, each in enumerate(some)
            if each.type != "Slot" or at % 10 == 0 or '"busy"' in each.text
        ]
        for some in POPULATION.batches()
    ]
    count = sum(map(len, batches))
    first = [each.created async for each in load(batches, client_of(fhir))]
    assert first[-1] == count
    events = await fhir.pool.fetchval("SELECT count(*) FROM outbox")
    async for again in load(batches, client_of(fhir)):
        loaded = again
    assert (loaded.batches, loaded.created, loaded.existing) == (len(batches), 0, count)
    assert await fhir.pool.fetchval("SELECT count(*) FROM outbox") == events
    lucie = (await fhir.send("GET", "/Patient/demo-lucie")).json
    assert (lucie["meta"]["versionId"], lucie["birthDate"]) == ("1", "1979-05-12")

    devices = Devices(POPULATION, Random(1), SystemClock())
    measures = list(itertools.islice(devices.measures(), 5))
    responses = await client_of(fhir).send(batch(measures))
    assert [each["response"]["status"][:3] for each in responses] == ["201"] * 5
    assert all(json.loads(each.text)["resourceType"] == "Observation" for each in measures)


async def test_a_refusal_is_reported_in_french(fhir: FhirWorld) -> None:
    reader = client_of(fhir, "system/*.rs")
    with pytest.raises(LoadError, match="refuse"):
        async for _ in load(POPULATION.batches(), reader):
            pass


async def test_a_server_that_does_not_answer_is_reported(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("demo.population.loading._ATTEMPTS", 1)

    async def no_headers(expired: bool) -> Mapping[str, str]:
        return {}

    async with aiohttp.ClientSession() as session:
        client = FhirClient(session, "http://127.0.0.1:9/fhir", no_headers)
        with pytest.raises(LoadError, match="ne répond pas"):
            await client.send(b"{}")
