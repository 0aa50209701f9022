"""The pages of records over a FHIR server: access, forms, missing panels, closed records."""

from urllib.parse import parse_qs, urlsplit

import aiohttp
from callers import headers_of
from record_site import ACCOUNT, PATIENT, Site, fhir_bundle, of_professional, read


async def test_a_reader_without_access_is_redirected_to_the_authorization(
    site: Site, client: aiohttp.ClientSession
) -> None:
    status, page, _ = await read(client, site, "/pro", cookie="a=1")
    assert status == 200
    assert 'href="/pro/connexion"' in page
    status, _, location = await read(client, site, "/pro/patients/andre", cookie="a=1")
    query = parse_qs(urlsplit(location).query)
    assert (status, urlsplit(location).path) == (303, "/auth/authorize")
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == ["http://localhost:8080/pro/retour"]
    assert "user/*.rs" in query["scope"][0]
    assert "andre" not in location
    # Another account of the same browser opens nothing with the cookie, nor another role.
    for role, then in (("patient", "/auth/login"), ("anonymous", "/auth/login")):
        headers = headers_of(role) | site.cookie
        async with client.get(
            f"{site.address}/pro/patients/andre", headers=headers, allow_redirects=False
        ) as answer:
            assert answer.headers["location"].startswith(then)
    assert site.fhir.received == []


async def test_the_response_of_an_authorization_belongs_to_the_account_that_began(
    site: Site, client: aiohttp.ClientSession
) -> None:
    token = {"access_token": "eyJ.a-token", "expires_in": 3600, "id_token": "e30.e30."}
    site.fhir.responses["/auth/token"] = (200, token)
    _, _, location = await read(client, site, "/pro/patients/andre/carnet", cookie="a=1")
    state = parse_qs(urlsplit(location).query)["state"][0]
    for wrong in (state[:-4] + "AAAA", "x", ""):
        status, _, _ = await read(client, site, f"/pro/retour?code=c&state={wrong}", cookie="a=1")
        assert status == 403
    assert site.fhir.received == []
    address = f"{site.address}/pro/retour?code=c&state={state}"
    async with client.get(address, headers=of_professional(), allow_redirects=False) as answer:
        assert (answer.status, answer.headers["location"]) == (303, "/pro/patients/andre/carnet")
        cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-dossier=")
    assert "eyJ.a-token" not in cookie
    assert all(each in cookie for each in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))


async def test_a_panel_that_does_not_answer_is_missing_alone(
    site: Site, client: aiohttp.ClientSession
) -> None:
    site.fhir.responses["/fhir/CareTeam"] = (500, {})
    note = {
        "resourceType": "Communication",
        "subject": {"reference": "Patient/andre"},
        "payload": [{"contentString": "Repas <pris>"}],
    }
    site.fhir.responses["/fhir/Communication"] = (200, fhir_bundle(note))
    status, page, _ = await read(client, site, "/pro/patients/andre")
    assert status == 200
    assert "Repas &lt;pris&gt;" in page
    assert "<h1>PETIT</h1>" in page
    assert page.count("Cette partie ne répond pas pour le moment") == 1


async def test_a_closed_record_leads_to_the_emergency_access(
    site: Site, client: aiohttp.ClientSession
) -> None:
    outcome = {"resourceType": "OperationOutcome", "issue": []}
    for status in (403, 404):
        site.fhir.responses["/fhir/Patient/andre"] = (status, outcome)
        for path in ("", "/carnet", "/mesures"):
            found, page, _ = await read(client, site, f"/pro/patients/andre{path}")
            assert found == 404
            assert 'href="/pro/urgence?patient=andre"' in page


async def test_an_access_that_was_revoked_is_requested_again(
    site: Site, client: aiohttp.ClientSession
) -> None:
    site.fhir.responses["/fhir/Patient/andre"] = (401, {})
    status, _, location = await read(client, site, "/pro/patients/andre")
    assert (status, location.partition("?")[0]) == (303, "/auth/authorize")


async def post(
    client: aiohttp.ClientSession, site: Site, path: str, *, cookie: bool = True, **fields: str
) -> tuple[int, str, str]:
    headers = of_professional() | (site.cookie if cookie else {})
    form = {"session": ACCOUNT} | fields
    async with client.post(
        site.address + path, data=form, headers=headers, allow_redirects=False
    ) as answer:
        return answer.status, await answer.text(), answer.headers.get("location", "")


async def test_a_note_is_written_once_and_is_not_lost(
    site: Site, client: aiohttp.ClientSession
) -> None:
    path = "/pro/patients/andre/carnet"
    status, _, location = await post(client, site, path, message="Visite faite.")
    assert (status, location) == (303, path)
    ((method, address, note),) = site.fhir.received
    assert (method, address) == ("POST", "/fhir/Communication")
    assert note["payload"] == [{"contentString": "Visite faite."}]
    assert note["sender"] == {"reference": "Practitioner/c"}
    # Refused by the server, and sent after the access ended: the text is on the page.
    site.fhir.responses["/fhir/Communication"] = (422, {"issue": [{"diagnostics": "Trop tard."}]})
    status, page, _ = await post(client, site, path, message="Repas pris.")
    assert status == 400
    assert "Trop tard." in page
    assert ">Repas pris.</textarea>" in page
    status, page, _ = await post(client, site, path, cookie=False, message="Repas pris.")
    assert status == 401
    assert "Repas pris." in page
    status, _, _ = await post(client, site, path, session="autre", message="x")
    assert status == 409


async def test_only_a_flag_of_the_patient_is_closed(
    site: Site, client: aiohttp.ClientSession
) -> None:
    flag = {"resourceType": "Flag", "status": "active", "meta": {"versionId": "3"}}
    path = "/pro/patients/andre/alertes/f"
    site.fhir.responses["/fhir/Flag/f"] = (200, flag | {"subject": {"reference": "Patient/x"}})
    assert (await post(client, site, path))[0] == 404
    site.fhir.responses["/fhir/Flag/f"] = (200, flag | {"subject": {"reference": "Patient/andre"}})
    assert (await post(client, site, path))[0] == 303
    assert [each[0] for each in site.fhir.received] == ["GET", "GET", "PATCH"]
    assert site.fhir.received[-1][2][1] == {
        "op": "replace",
        "path": "/status",
        "value": "inactive",
    }


async def test_an_emergency_needs_a_reason_and_opens_the_record(
    site: Site, client: aiohttp.ClientSession
) -> None:
    status, page, _ = await post(client, site, "/pro/urgence", patient="andre", raison="vite")
    assert status == 400
    assert site.fhir.received == []
    operation = "/fhir/Patient/andre/$emergency-access"
    reason = "Inconscient aux urgences"
    status, _, location = await post(client, site, "/pro/urgence", patient="andre", raison=reason)
    assert (status, location) == (303, "/pro/patients/andre")
    assert site.fhir.received[0][:2] == ("POST", operation)
    sent = [{"name": "reason", "valueString": reason}]
    assert site.fhir.received[0][2]["parameter"] == sent
    site.fhir.responses[operation] = (405, {})
    status, page, _ = await post(client, site, "/pro/urgence", patient="andre", raison=reason)
    assert status == 400
    assert "ne propose pas encore" in page


async def test_the_list_has_alerts_first_and_a_second_page(
    site: Site, client: aiohttp.ClientSession
) -> None:
    flag = {
        "resourceType": "Flag",
        "status": "active",
        "subject": {"reference": "Patient/andre"},
        "code": {"text": "Prise de poids"},
    }
    site.fhir.responses["/fhir/Flag"] = (200, fhir_bundle(flag, PATIENT))
    following = "http://x/fhir/Patient?_sort=family&_cursor=abc"
    site.fhir.responses["/fhir/Patient"] = (200, fhir_bundle(PATIENT, next_url=following))
    _, page, _ = await read(client, site, "/pro")
    assert page.index("Alertes en cours") < page.index("Tous mes patients")
    assert "Prise de poids" in page
    assert 'href="/pro?suite=_sort%3Dfamily%26_cursor%3Dabc"' in page
    await read(client, site, "/pro?suite=_sort%3Dfamily%26_cursor%3Dabc")
    assert "/fhir/Patient?_sort=family&_cursor=abc" in [each[1] for each in site.fhir.received]
