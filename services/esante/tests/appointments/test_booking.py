"""Appointments hold their slots: no slot has two. https://hl7.org/fhir/R4/appointment.html"""

import asyncio
from typing import Any

import pytest
from fhir_world import FhirWorld

PATCH = "application/json-patch+json"


def slot(status: str = "free") -> dict[str, Any]:
    return {
        "resourceType": "Slot",
        "id": "s1",
        "schedule": {"reference": "Schedule/camille"},
        "status": status,
        "start": "2026-12-01T09:00:00+01:00",
        "end": "2026-12-01T09:30:00+01:00",
        "extension": [{"url": "https://region.example.org/rang", "valueDecimal": 1.50}],
    }


def appointment(name: str, status: str = "booked") -> dict[str, Any]:
    actor = {"reference": f"Patient/{name}"}
    return {
        "resourceType": "Appointment",
        "id": name,
        "identifier": [{"system": "urn:rdv", "value": name}],
        "status": status,
        "start": "2026-12-01T09:00:00+01:00",
        "end": "2026-12-01T09:30:00+01:00",
        "slot": [{"reference": "Slot/s1"}],
        "participant": [{"actor": actor, "status": "accepted"}],
    }


async def status_of(fhir: FhirWorld) -> str:
    return str((await fhir.send("GET", "/Slot/s1")).json["status"])


async def test_one_of_fifty_concurrent_bookings_wins(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Slot/s1", slot())
    answers = await asyncio.gather(
        *(fhir.send("POST", "/Appointment", appointment(f"p{each}")) for each in range(50))
    )
    assert sorted(each.status for each in answers) == [201] + [409] * 49
    refused = next(each for each in answers if each.status == 409)
    assert refused.diagnostics.startswith("Le créneau Slot/s1 n’est pas libre")
    assert await status_of(fhir) == "busy"
    found = (await fhir.send("GET", "/Appointment?_summary=count")).json
    assert found["total"] == 1
    # Two versions of the slot, and no more: those that lost have written nothing.
    assert (await fhir.send("GET", "/Slot/s1")).json["meta"]["versionId"] == "2"
    assert len(await fhir.events()) == 3


@pytest.mark.parametrize("status", ["cancelled", "noshow", "entered-in-error", "waitlist"])
async def test_an_appointment_that_ends_frees_its_slot(fhir: FhirWorld, status: str) -> None:
    await fhir.send("PUT", "/Slot/s1", slot())
    assert (await fhir.send("PUT", "/Appointment/a", appointment("a"))).status == 201
    patch = [{"op": "replace", "path": "/status", "value": status}]
    answer = await fhir.send("PATCH", "/Appointment/a", patch, media=PATCH)
    assert answer.status == 200, answer.body
    assert await status_of(fhir) == "free"
    assert (await fhir.send("PUT", "/Appointment/b", appointment("b"))).status == 201
    # The one that was freed can no longer be taken back.
    assert (await fhir.send("PUT", "/Appointment/a", appointment("a"))).status == 409


async def test_deleting_or_moving_an_appointment_frees_its_slot(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Slot/s1", slot())
    await fhir.send("PUT", "/Appointment/a", appointment("a"))
    # An update by its own appointment keeps the slot.
    assert (await fhir.send("PUT", "/Appointment/a", appointment("a", "arrived"))).status == 200
    assert (await fhir.send("DELETE", "/Appointment/a")).status == 204
    assert await status_of(fhir) == "free"
    await fhir.send("PUT", "/Appointment/b", appointment("b"))
    without = appointment("b")
    del without["slot"]
    assert (await fhir.send("PUT", "/Appointment/b", without)).status == 200
    assert await status_of(fhir) == "free"


async def test_a_slot_that_is_not_free_is_refused(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Slot/s1", slot("busy-unavailable"))
    answer = await fhir.send("PUT", "/Appointment/a", appointment("a"))
    assert (answer.status, answer.codes) == (409, ["conflict"])
    # A proposal holds nothing.
    proposed = await fhir.send("PUT", "/Appointment/a", appointment("a", "proposed"))
    assert proposed.status == 201


async def test_a_held_slot_is_refused_though_it_is_written_free(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Slot/s1", slot())
    await fhir.send("PUT", "/Appointment/a", appointment("a"))
    await fhir.send("PUT", "/Slot/s1", slot("free"))
    assert (await fhir.send("PUT", "/Appointment/b", appointment("b"))).status == 409


async def test_a_transaction_books_the_slot_that_it_writes(fhir: FhirWorld) -> None:
    entries = [
        {
            "resource": each,
            "request": {"method": "PUT", "url": f"{each['resourceType']}/{each['id']}"},
        }
        for each in (slot("busy"), appointment("a"))
    ]
    bundle = {"resourceType": "Bundle", "type": "transaction", "entry": entries}
    assert (await fhir.send("POST", "", bundle)).status == 200
    assert await status_of(fhir) == "busy"
    entries[1]["resource"] = appointment("b")
    entries[1]["request"]["url"] = "Appointment/b"
    assert (await fhir.send("POST", "", bundle)).status == 409
    assert (await fhir.send("GET", "/Appointment/b")).status == 404


async def test_an_appointment_is_updated_by_its_identifier(fhir: FhirWorld) -> None:
    path = "/Appointment?identifier=urn:rdv|a"
    body = appointment("a")
    del body["id"]
    assert (await fhir.send("PUT", path, body)).status == 201
    answer = await fhir.send("PUT", path, {**body, "status": "cancelled"})
    assert (answer.status, answer.json["status"]) == (200, "cancelled")


async def test_an_appointment_takes_few_slots(fhir: FhirWorld) -> None:
    many = [{"reference": f"Slot/s{number}"} for number in range(21)]
    refused = await fhir.send("POST", "/Appointment", appointment("p1") | {"slot": many})
    assert refused.status == 422
    assert "20 créneaux au plus" in refused.diagnostics


async def test_a_slot_that_the_practice_has_blocked_stays_so(fhir: FhirWorld) -> None:
    await fhir.send("PUT", "/Slot/s1", slot())
    await fhir.send("PUT", "/Appointment/p1", appointment("p1"))
    await fhir.send("PUT", "/Slot/s1", slot("busy-unavailable"))
    await fhir.send("PUT", "/Appointment/p1", appointment("p1", "cancelled"))
    assert await status_of(fhir) == "busy-unavailable"
