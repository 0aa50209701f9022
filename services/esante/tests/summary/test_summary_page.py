"""Patient/$summary as a page."""

import re
from datetime import date
from typing import Any

import pytest
from fhir_world import BASE, FhirWorld

from esante.summary.domain.identity import Contact, identify

TODAY = date(2026, 3, 3)
PATIENT = {
    "resourceType": "Patient",
    "id": "p",
    "name": [
        {"use": "official", "family": "Martin", "given": ["Inès", "Rose"]},
        {"use": "usual", "family": "Durand", "given": ["Inès"]},
    ],
    "gender": "female",
    "birthDate": "1941-03-04",
    "telecom": [{"system": "phone", "value": "02 38 00 00 01"}],
    "contact": [
        {
            "relationship": [{"text": "Fille"}],
            "name": {"family": "Durand", "given": ["Ada"]},
            "telecom": [
                {"system": "phone", "value": "+33 6 00 00 00 02"},
                {"system": "email", "value": "ada@example.org"},
            ],
        }
    ],
    "generalPractitioner": [{"display": "Dr Leroy"}],
}


def test_whom_the_summary_is_about() -> None:
    found = identify(PATIENT, today=TODAY)
    assert found.name == "DURAND Inès"
    assert found.facts == ("Nom de naissance : Martin", "Femme", "Naissance : 04/03/1941 (84 ans)")
    assert found.telephones == ("02 38 00 00 01",)
    assert found.contacts == (Contact("DURAND Ada", "Fille", ("+33 6 00 00 00 02",)),)
    assert found.practitioners == ("Dr Leroy",)


@pytest.mark.parametrize(
    ("members", "fact"),
    [
        ({"birthDate": "1941-03-03"}, "Naissance : 03/03/1941 (85 ans)"),
        ({"birthDate": "1941"}, "Naissance : 1941"),
        ({"birthDate": "2030-01-01"}, "Naissance : 01/01/2030"),
        ({"deceasedBoolean": True}, "Personne décédée"),
        ({"deceasedDateTime": "2026-02-01T10:00:00Z"}, "Décès : 01/02/2026"),
        (
            {"identifier": [{"system": "urn:oid:1.2.250.1.213.1.4.10", "value": "141032A001001"}]},
            "INS : 141032A001001",
        ),
    ],
)
def test_a_fact_about_a_person(members: Any, fact: str) -> None:
    assert fact in identify({"resourceType": "Patient", **members}, today=TODAY).facts


def test_of_a_person_who_died_no_age_is_stated() -> None:
    person = {"birthDate": "1941-03-03", "deceasedBoolean": True}
    assert identify(person, today=TODAY).facts == ("Naissance : 03/03/1941", "Personne décédée")


def test_a_person_of_whom_nothing_is_known() -> None:
    found = identify({"resourceType": "Patient"}, today=TODAY)
    assert (found.name, found.facts, found.contacts) == ("Personne sans nom", (), ())


ALLERGY = {
    "resourceType": "AllergyIntolerance",
    "id": "a",
    "patient": {"reference": "Patient/p"},
    "code": {"text": "Pénicilline <img src=x onerror=alert(1)>"},
    "criticality": "high",
    "clinicalStatus": {
        "coding": [
            {
                "system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
                "code": "active",
            }
        ]
    },
}
REPORT = {
    "resourceType": "DiagnosticReport",
    "id": "r",
    "status": "final",
    "code": {"text": "Radiographie"},
    "subject": {"reference": "Patient/p"},
    "presentedForm": [
        {"contentType": "application/pdf", "url": "Binary/b"},
        {"url": "https://region.example.org/fhir/Binary/c"},
        {"url": "https://elsewhere.example.org/x"},
        {"url": "Binary/d?x"},
    ],
}


async def test_its_page_is_for_everyone(fhir: FhirWorld, browser: Any) -> None:
    """No fault that axe-core finds, nothing wider than the screen, and the style applies."""
    axe = pytest.importorskip("axe_playwright_python.async_playwright", reason="needs axe")
    for each in (PATIENT, ALLERGY, REPORT):
        await fhir.send("PUT", f"/{each['resourceType']}/{each['id']}", each)
    answer = await fhir.send("GET", "/Patient/p/$summary?_format=html")
    headers = {name: answer.headers[name] for name in ("content-type", "content-security-policy")}
    for width, scheme in ((320, "light"), (1280, "dark")):
        view = {"width": width, "height": 740}
        # The policy of the page lets no other script in, axe's either.
        page = await browser.new_page(viewport=view, color_scheme=scheme, bypass_csp=True)
        await page.route("**/*", lambda route: route.fulfill(body=answer.body, headers=headers))
        await page.goto("https://region.example.org/")
        found = await axe.Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert not await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        await page.close()
    page = await browser.new_page()
    await page.route("**/*", lambda route: route.fulfill(body=answer.body, headers=headers))
    await page.goto("https://region.example.org/")
    frame = "getComputedStyle(document.querySelector('.vital')).borderTopWidth"
    assert await page.evaluate(frame) == "2px"


async def test_a_page_that_an_application_displays_as_it_is(fhir: FhirWorld) -> None:
    for each in (PATIENT, ALLERGY, REPORT):
        answer = await fhir.send("PUT", f"/{each['resourceType']}/{each['id']}", each)
        assert answer.status == 201, answer.body
    page = await fhir.send("GET", "/Patient/p/$summary", headers={"accept": "text/html,*/*;q=0.8"})
    assert page.status == 200, page.body
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["cache-control"] == "no-store"
    assert "default-src 'none'; style-src 'sha256-" in page.headers["content-security-policy"]
    html = page.body.decode()
    assert "<h1>DURAND Inès</h1>" in html
    assert "<strong>Pénicilline &lt;img src=x onerror=alert(1)&gt;</strong> · risque élevé" in html
    assert '<a href="tel:+33600000002">' in html
    # Nothing is loaded; its documents can be opened, those of this server alone.
    assert re.findall('src=(?!x)|href="(?!tel:)([^"]*)', html) == [
        f"{BASE}/Binary/{n}" for n in "bc"
    ]
    assert "Ce que votre accès ne montre pas" not in html
    # The same by `_format`; JSON to whoever accepts it; no page for whom has no right.
    by_format = await fhir.send("GET", "/Patient/p/$summary?_format=html")
    assert by_format.headers["content-type"].startswith("text/html")
    both = {"accept": "application/fhir+json, text/html"}
    document = await fhir.send("GET", "/Patient/p/$summary", headers=both)
    assert document.json["resourceType"] == "Bundle"
    other = {"role": "patient", "patient": "q", "scope": "patient/*.rs"}
    few = {"role": "patient", "patient": "p", "scope": "patient/Patient.rs"}
    partly = (await fhir.send("GET", "/Patient/p/$summary?_format=html", **few)).body.decode()
    assert re.search("ne montre pas</h2>\\s*<p[^>]*>Traitements, Problèmes de santé, ", partly)
    assert "Allergies et intolérances</h2>" in partly
    refused = await fhir.send("GET", "/Patient/p/$summary?_format=html", **other)
    assert refused.status == 404
