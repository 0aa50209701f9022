"""A patient gives a code to a carer; a carer reads the record of somebody else."""

import re
from typing import Any

import aiohttp
from record_site import OWN_ACCOUNT, Site, fhir_bundle

PAUL: dict[str, Any] = {
    "resourceType": "RelatedPerson",
    "id": "paul",
    "meta": {"versionId": "3"},
    "patient": {"reference": "Patient/andre"},
    "name": [{"given": ["Paul"], "family": "Petit"}],
    "relationship": [{"coding": [{"code": "SPS"}]}],
}
GUARDIAN = PAUL | {"id": "garde", "relationship": [{"coding": [{"code": "GUARD"}]}]}
CODE = "7K2M-Q4XT-9B3C-H8WN"


async def post(
    client: aiohttp.ClientSession, site: Site, path: str, headers: dict[str, str], **fields: str
) -> tuple[int, str, str]:
    form = {"session": OWN_ACCOUNT, **fields}
    url = f"{site.address}/mon-dossier/{path}"
    async with client.post(url, data=form, headers=headers, allow_redirects=False) as answer:
        return answer.status, await answer.text(), answer.headers.get("location", "")


async def test_a_patient_adds_a_carer_gives_a_code_and_ends(
    site: Site, client: aiohttp.ClientSession
) -> None:
    ended = PAUL | {"id": "parti", "active": False, "name": [{"text": "Zoé"}]}
    # As others write it: a code that is no word, then a daughter.
    related = [{"coding": [{"code": "CAREGIVER"}]}, {"coding": [{"code": "DAUC"}]}]
    daughter = PAUL | {"id": "fille", "name": [{"text": "Anne"}], "relationship": related}
    found = fhir_bundle(PAUL, GUARDIAN, ended, daughter)
    site.fhir.responses["/fhir/RelatedPerson"] = (200, found)
    site.fhir.responses["/fhir/RelatedPerson/paul"] = (200, PAUL)
    made = {
        "resourceType": "Parameters",
        "parameter": [
            {"name": "code", "valueString": CODE},
            {"name": "until", "valueDateTime": "2026-12-05T10:00:00Z"},
        ],
    }
    site.fhir.responses["/fhir/RelatedPerson/paul/$invite"] = (200, made)
    async with client.get(f"{site.address}/mon-dossier/proches", headers=site.own) as answer:
        page = await answer.text()
    assert "conjoint ou conjointe" in page
    assert "Zoé" not in page
    assert "<strong>Anne</strong> · enfant" in page
    # A representative is invited by a professional.
    assert 'action="/mon-dossier/proches/paul/code"' in page
    assert "proches/garde/code" not in page
    status, page, _ = await post(client, site, "proches/paul/code", site.own)
    assert (status, CODE in page) == (200, True)
    status, _, location = await post(client, site, "proches/paul/fin", site.own)
    assert (status, location) == (303, "/mon-dossier/proches?fait=fin")
    assert site.fhir.received[-1] == ("PUT", "/fhir/RelatedPerson/paul", PAUL | {"active": False})
    for wrong in ({"nom": " ", "lien": "ami"}, {"nom": "<i>", "lien": "x"}):
        status, page, _ = await post(client, site, "proches", site.own, **wrong)
        assert (status, "<i>" in page) == (400, False)
    status, _, location = await post(client, site, "proches", site.own, nom="Léa  Roy", lien="ami")
    assert (status, location) == (303, "/mon-dossier/proches?fait=ajout")
    added = site.fhir.received[-1][2]
    assert (added["name"], added["patient"]) == ([{"text": "Léa Roy"}], PAUL["patient"])
    # That of somebody else's record is not touched.
    other = PAUL | {"patient": {"reference": "Patient/autre"}}
    site.fhir.responses["/fhir/RelatedPerson/paul"] = (200, other)
    for path in ("proches/paul/code", "proches/paul/fin"):
        assert (await post(client, site, path, site.own))[0] == 404


async def test_a_carer_sees_what_is_open_and_that_there_is_more(
    site: Site, client: aiohttp.ClientSession
) -> None:
    async with client.get(f"{site.address}/mon-dossier", headers=site.carer) as answer:
        page = await answer.text()
    assert "Vous êtes l’aidant de cette personne" in page
    assert "<h1>PETIT</h1>" in page
    for hidden in ("Rien n’est noté", "Aucun document", "Qui a consulté", "Mon dossier</h1>"):
        assert hidden not in page, hidden
    assert 'href="/mon-dossier/connexion"' in page
    for path in ("acces", "mesures", "refus", "proches"):
        async with client.get(f"{site.address}/mon-dossier/{path}", headers=site.carer) as answer:
            assert answer.status == 403, path
    status, _, _ = await post(client, site, "carnet", site.carer, message="Bonjour")
    assert status == 303
    assert site.fhir.received[-1][2]["sender"] == {"reference": "RelatedPerson/paul"}


async def test_a_person_without_a_record_reads_where_to_enter_a_code(
    site: Site, client: aiohttp.ClientSession
) -> None:
    async with client.get(f"{site.address}/mon-dossier", headers=site.unlinked) as answer:
        page = await answer.text()
    assert (answer.status, "<h1>Aucun dossier ne vous est ouvert</h1>" in page) == (404, True)
    assert 'href="/auth/proches"' in page
    assert 'href="/mon-dossier/connexion"' in page
    assert "Aucun arrêt" not in page


async def test_a_representative_is_not_addressed_as_the_patient(
    site: Site, client: aiohttp.ClientSession
) -> None:
    pages = []
    for path in ("acces", "refus"):
        url = f"{site.address}/mon-dossier/{path}"
        async with client.get(url, headers=site.representative) as answer:
            pages.append(await answer.text())
            assert answer.status == 200
    choice = {"qui": "", "quoi": "tout"}
    status, confirmation, _ = await post(client, site, "refus", site.representative, **choice)
    assert status == 200
    for page in (*pages, confirmation):
        words = re.sub(r"<[^>]+>", " ", page.partition("<h1>")[2].partition("</main>")[0])
        assert "dossier" in words
        assert not re.search(r"\b(mon|mes|votre|vos)\b", words, re.IGNORECASE), words
