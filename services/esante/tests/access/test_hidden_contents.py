"""A Consent that hides a document hides what any of its versions contains, and any it replaces."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from fhir_world import BASE, FhirWorld, open_world

from esante.access.adapters import hidden_contents
from esante.access.adapters.hidden_contents import complete_stored
from esante.access.domain.hidden_contents import contents_of, denied_documents, with_contents
from esante.access.domain.open_records import patient_element
from socle.testing import ServeApp

CAMILLE: dict[str, Any] = {
    "role": "professional",
    "scope": "user/*.cruds",
    "account": "camille",
    "fhir_user": "Practitioner/camille",
}
LUCIE = {"reference": "Patient/lucie"}


def binary(own_id: str) -> Any:
    return {
        "resourceType": "Binary",
        "id": own_id,
        "contentType": "text/plain",
        "securityContext": LUCIE,
        "data": "YQ==",
    }


def document(own_id: str, url: str, replaces: str | None = None) -> Any:
    found: dict[str, Any] = {
        "resourceType": "DocumentReference",
        "id": own_id,
        "status": "current",
        "subject": LUCIE,
        "content": [{"attachment": {"contentType": "text/plain", "url": url}}],
    }
    if replaces is not None:
        target = {"reference": f"DocumentReference/{replaces}"}
        found["relatesTo"] = [{"code": "replaces", "target": target}]
    return found


def hiding(*documents: str, **more: Any) -> Any:
    named = ({"reference": f"DocumentReference/{each}"} for each in documents)
    data = [{"meaning": "instance", "reference": each} for each in named]
    system = "http://terminology.hl7.org/CodeSystem/consentscope"
    return {
        "resourceType": "Consent",
        "id": "hiding",
        "status": "active",
        "scope": {"coding": [{"system": system, "code": "patient-privacy"}]},
        "category": [{"text": "x"}],
        "patient": LUCIE,
        "policyRule": {"text": "x"},
        "provision": {"type": "deny", "data": data} | more,
    }


TEAM: Any = {
    "resourceType": "CareTeam",
    "id": "lucie",
    "status": "active",
    "subject": LUCIE,
    "participant": [{"member": {"reference": "Practitioner/camille"}}],
}


async def put(fhir: FhirWorld, *resources: Any) -> None:
    for each in resources:
        answer = await fhir.send("PUT", f"/{each['resourceType']}/{each['id']}", each)
        assert answer.status in (200, 201), answer.body


async def hidden(fhir: FhirWorld) -> str:
    """The Binaries that Camille cannot read."""
    paths = [f"/Binary/{each}" for each in "abcdefz"]
    found = [(await fhir.send("GET", each, **CAMILLE)).status for each in paths]
    assert set(found) <= {200, 404}
    return "".join(p[-1] for p, status in zip(paths, found, strict=True) if status == 404)


async def test_every_content_of_a_hidden_document_is_hidden(
    postgres_url: str,
    serve_app: ServeApp,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with AsyncExitStack() as stack:
        fhir = await open_world(postgres_url, serve_app, tmp_path, stack)
        await put(fhir, {"resourceType": "Patient", "id": "lucie"}, TEAM, *map(binary, "abcdefz"))
        await put(fhir, document("first", "Binary/a"), document("second", "Binary/b", "first"))
        await put(fhir, document("third", "Binary/c", "second"), document("other", "Binary/z"))
        await put(fhir, document("third", f"{BASE}/Binary/d/_history/1", "second"))
        assert await hidden(fhir) == ""
        await put(fhir, hiding("third"))
        assert await hidden(fhir) == "abcd", "of former versions, and of what it replaces"
        await put(fhir, document("third", "Binary/e"))
        assert await hidden(fhir) == "abcde", "of a later version"
        await put(fhir, document("first", "Binary/f"))
        assert await hidden(fhir) == "abcdef", "of a later version of what it has replaced"
        await put(fhir, hiding("other"))
        assert await hidden(fhir) == "z"
        # A Consent from before contents were hidden: what a migration does.
        connection = await asyncpg.connect(postgres_url)
        try:
            await connection.execute(
                "UPDATE record_provision SET content = replace(content, 'Binary/z', 'Binary/x')"
            )
            assert await hidden(fhir) == ""
            await complete_stored(connection, [patient_element("lucie")], "")
        finally:
            await connection.close()
        assert await hidden(fhir) == "z"
        # Other documents cost nothing: their versions have nothing to hide.
        await fhir.pool.execute(
            "UPDATE record_provision SET content = replace(content, 'Binary/z', 'Binary/x')"
        )
        await put(fhir, document("third", "Binary/e", "second"))
        assert await hidden(fhir) == ""
        await put(fhir, document("other", "Binary/z") | {"description": "compte rendu"})
        assert await hidden(fhir) == "z"
        # Whichever of a Consent and a version is second reads the other.
        for each in range(6):
            await put(fhir, document("third", "Binary/c"), hiding("other"))
            both = hiding("third"), document("third", "Binary/f" if each % 2 else "Binary/e")
            await asyncio.gather(*(put(fhir, one) for one in both))
            assert await hidden(fhir) == "abcdef"
        # What would be hidden in part is refused; a document is written nevertheless.
        await put(fhir, hiding("third"))
        monkeypatch.setattr(hidden_contents, "_MOST_DOCUMENTS", 3)
        refused = await fhir.send("PUT", "/Consent/hiding", hiding("third", "other"))
        assert (refused.status, await hidden(fhir)) == (422, "abcdef"), refused.body
        await put(fhir, document("first", "Binary/f", "other"))
        assert await hidden(fhir) == "abcdef"
        assert "Consent/hiding hides more" in caplog.text


def test_contents_are_added_to_denials_alone() -> None:
    read = contents_of(document("d", "Binary/a", "first"), "http://x/fhir")
    assert (read.binaries, read.replaced) == ({"a"}, {"first"})
    elsewhere = contents_of(document("d", "http://y/fhir/Binary/a"), "http://x/fhir")
    assert not elsewhere.binaries

    exception = {"type": "permit", "data": hiding("d")["provision"]["data"]}
    requested: list[set[str]] = []

    def binaries_of(documents: Any) -> list[str]:
        requested.append(set(documents))
        return ["b", "a"]

    found = with_contents(hiding("d", provision=[exception]), binaries_of)["provision"]
    named = [each["reference"]["reference"] for each in found["data"]]
    assert named == ["DocumentReference/d", "Binary/a", "Binary/b"]
    assert found["provision"] == [exception]
    assert requested == [{"d"}]
    again = with_contents({"provision": found}, binaries_of)["provision"]
    assert again == found

    permission = hiding("d", type="permit")
    assert not denied_documents(permission)
    assert with_contents(permission, binaries_of) == permission
    opted_out = hiding("d") | {"policyRule": {"coding": [{"code": "OPTOUT"}]}}
    del opted_out["provision"]["type"]
    assert denied_documents(opted_out) == {"d"}
    system = "http://hl7.org/fhir/resource-types"
    classes = [{"system": system, "code": "DocumentReference"}]
    of_class = with_contents(hiding("d", **{"class": classes}), binaries_of)["provision"]
    assert [each["code"] for each in of_class["class"]] == ["DocumentReference", "Binary"]
