"""What an application of a patient does with SMART's Python client, by its own calls, in a thread
of its own. https://github.com/smart-on-fhir/client-py
"""

from typing import Any

import pytest
from fhirclient.client import FHIRClient
from fhirclient.models.bundle import Bundle, BundleEntry, BundleEntryRequest
from fhirclient.models.fhirreference import FHIRReference
from fhirclient.models.observation import Observation
from fhirclient.models.patient import Patient
from fhirclient.server import FHIRNotFoundException, FHIRPermissionDeniedException

LOINC = "http://loinc.org"
SCOPE = "openid fhirUser launch/patient offline_access patient/Patient.rs patient/Observation.cruds"


def client_for(base: str, client: str, redirect_uri: str) -> FHIRClient:
    """A client, ready for a browser at its `authorize_url`."""
    settings = {
        "app_id": client,
        "api_base": base,
        "redirect_uri": redirect_uri,
        "scope": SCOPE,
    }
    found = FHIRClient(settings=settings)
    assert not found.prepare()
    return found


def use_fhirclient(client: FHIRClient, came_back: str) -> None:
    """`came_back`: the address to which the browser was sent."""
    client.handle_callback(came_back)
    assert client.ready
    patient = client.patient
    assert (patient.id, client.human_name(patient.name[0])) == ("demo-lucie", "Lucie Exemple")
    reads_and_writes(client.server, patient)
    assert client.reauthorize()
    assert Patient.read(patient.id, client.server).birthDate.isostring == "1979-05-12"
    stays_with_its_patient(client.server)


def pulse(day: int) -> Observation:
    return Observation(
        {
            "resourceType": "Observation",
            "status": "preliminary",
            "code": {"coding": [{"system": LOINC, "code": "8867-4"}], "text": "Pouls"},
            "subject": {"reference": "Patient/demo-lucie"},
            "effectiveDateTime": f"2026-03-{day:02}T08:00:00+01:00",
            "valueQuantity": {"value": 60.5 + day, "unit": "/min"},
        }
    )


def reads_and_writes(server: Any, patient: Patient) -> None:
    made = [pulse(day).create(server) for day in range(1, 6)]
    parameters = {"patient": patient.id, "code": f"{LOINC}|8867-4", "_sort": "-date", "_count": "2"}
    found = list(Observation.where(parameters).perform_resources_iter(server))
    assert [each.id for each in found] == [each["id"] for each in reversed(made)]
    assert len(list(Observation.where(parameters).perform_iter(server))) == 3
    first = Observation.read(made[0]["id"], server)
    assert first.subject.resolved(Patient).id == patient.id
    first.status = "final"
    assert first.update(server)["meta"]["versionId"] == "2"
    final = {"status": "final", "code": {"$text": "pouls"}, "date": "ge2026-03-01"}
    assert [e.id for e in Observation.where(final).perform_resources_iter(server)] == [first.id]
    with_patient = Observation.where(dict(final)).include("subject")
    types = [each.resource_type for each in with_patient.perform_resources_iter(server)]
    assert types == ["Observation", "Patient"]
    named = {"subject:Patient": {"name": {"$exact": "Exemple"}}, "status": "final"}
    assert len(list(Observation.where(named).perform_resources_iter(server))) == 1
    first.delete(server)
    with pytest.raises(FHIRNotFoundException):
        Observation.read(first.id, server)
    together(server)


def together(server: Any) -> None:
    """A transaction, at the base itself."""
    bundle = Bundle({"type": "transaction"})
    entry = BundleEntry()
    entry.request = BundleEntryRequest({"method": "POST", "url": "Observation"})
    entry.resource = pulse(9)
    bundle.entry = [entry]
    response = Bundle(bundle.create(server))
    assert response.type == "transaction-response"
    assert response.entry[0].response.status.startswith("201")


def stays_with_its_patient(server: Any) -> None:
    """What was not granted is refused, and another's record is not there."""
    with pytest.raises(FHIRNotFoundException):
        Patient.read("autrui", server)
    with pytest.raises(FHIRPermissionDeniedException):
        Patient({"name": [{"text": "x"}]}).create(server)
    other = pulse(1)
    other.subject = FHIRReference({"reference": "Patient/autrui"})
    with pytest.raises(FHIRPermissionDeniedException):
        other.create(server)
    assert list(Patient.where({"_id": "autrui"}).perform_resources_iter(server)) == []
