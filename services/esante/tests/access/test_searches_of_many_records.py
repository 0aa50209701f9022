"""A search finds the same whether few, hundreds or thousands of records are open: each number has
SQL of its own."""

from typing import Any

from fhir_bundles import bundle, entry
from fhir_world import FhirWorld
from searched_region import found

CODE = {"coding": [{"system": "urn:codes", "code": "poids"}]}
MASK = "https://mos.esante.gouv.fr/NOS/TRE_A07-StatutVisibiliteDocument/FHIR/TRE-A07"
FOUND = {
    "/Patient": "eve lucie max",
    "/Observation?code=poids": "by-lucie measured of-lucie",
    "/Patient?_has:Observation:patient:code=poids": "eve lucie",
    "/Patient?_has:Observation:patient:status=final": "eve lucie",
    "/Patient?_has:Observation:patient:code=poids&_has:Observation:patient:_id=x": "",
    "/Observation?patient.gender=female&code=poids": "by-lucie of-lucie",
}
# Beside the two circles, records of nobody.
_OPEN = """
INSERT INTO record_opening (element, member, reasons, source_type, source_id)
SELECT number, $1, 1, 'CareTeam', 'x' FROM generate_series(1, $2) AS number"""


def patient(own_id: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Patient", "id": own_id, "gender": "female", **more}


def note(own_id: str, subject: str, **more: Any) -> dict[str, Any]:
    found = {"resourceType": "Observation", "id": own_id, "status": "final", "code": CODE}
    return found | {"subject": {"reference": f"Patient/{subject}"}, **more}


def professional(name: str) -> dict[str, Any]:
    of = {"role": "professional", "scope": "user/*.rs", "account": name}
    return of | {"fhir_user": f"Practitioner/{name}"}


async def fill(fhir: FhirWorld) -> None:
    """Records of Lucie and Max are open. Closed ones: of Ada, and of Eve, who is linked to Lucie,
    so that her Patient is in both; and what Lucie has measured of Ada is in Lucie's too."""
    lucie = {"reference": "Patient/lucie"}
    masked = {"security": [{"system": MASK, "code": "MASQUE_PS"}]}
    team = {
        "resourceType": "CareTeam",
        "status": "active",
        "participant": [
            {"member": {"reference": f"Practitioner/{each}"}} for each in ("few", "some", "many")
        ],
    }
    resources = (
        *(patient(each) for each in ("lucie", "max", "ada")),
        patient("eve", link=[{"other": lucie, "type": "seealso"}]),
        *(team | {"id": e, "subject": {"reference": f"Patient/{e}"}} for e in ("lucie", "max")),
        note("of-lucie", "lucie"),
        note("masked", "max", meta=masked),
        note("of-ada", "ada"),
        note("measured", "ada", performer=[lucie]),
        note("of-eve", "eve"),
        note("by-lucie", "eve", performer=[lucie]),
    )
    entries = [entry("PUT", f"{each['resourceType']}/{each['id']}", each) for each in resources]
    written = await fhir.send("POST", "", bundle(*entries))
    assert written.status == 200, written.body
    for name, count in (("some", 100), ("many", 1100)):
        await fhir.pool.execute(_OPEN, f"Practitioner/{name}", count)


async def test_searches_find_the_same_for_any_number_of_records(fhir: FhirWorld) -> None:
    await fill(fhir)
    for path, expected in FOUND.items():
        for name in ("few", "some", "many", "many"):  # what was loaded before is checked
            by, sign = professional(name), "&" if "?" in path else "?"
            assert sorted(await found(fhir, path, **by)) == expected.split(), (path, name)
            for how in ("_total=accurate&_sort=_id", "_count=0"):
                answer = await fhir.send("GET", f"{path}{sign}{how}", **by)
                assert answer.json["total"] == len(expected.split()), (path, name, how)
