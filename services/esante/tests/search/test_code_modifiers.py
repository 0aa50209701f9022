"""`:in`, `:not-in`, `:below` and `:above` of tokens, with value sets of R4 and stored ones."""

from urllib.parse import quote

from fhir_world import FhirWorld
from searched_region import found

SYSTEM = "https://region.exemple.fr/soins"
CARE = {
    "resourceType": "CodeSystem",
    "id": "soins",
    "url": SYSTEM,
    "status": "active",
    "content": "complete",
    "caseSensitive": True,
    "concept": [
        {"code": "soin", "concept": [{"code": "toilette"}, {"code": "pansement"}]},
        {"code": "repas"},
        {"code": "compresse", "property": [{"code": "parent", "valueCode": "pansement"}]},
        {"code": "aide", "property": [{"code": "child", "valueCode": "repas"}]},
    ],
}


def value_set(own: str, *include: object) -> dict[str, object]:
    return {
        "resourceType": "ValueSet",
        "id": own,
        "url": f"https://region.exemple.fr/{own}",
        "status": "active",
        "compose": {"include": list(include)},
    }


VALUE_SETS = [
    value_set("gestes", {"system": SYSTEM, "concept": [{"code": "toilette"}, {"code": "repas"}]}),
    value_set(
        "cercle",
        {"system": SYSTEM, "concept": [{"code": "repas"}]},
        {"valueSet": ["https://region.exemple.fr/retour"]},
    ),
    value_set("retour", {"valueSet": ["https://region.exemple.fr/cercle"]}),
    value_set("immense", {"system": "http://hl7.org/fhir/sid/icd-10"}),
    value_set("types", {"system": "http://hl7.org/fhir/resource-types"}),
    value_set("roles", {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode"}),
]


async def populate(fhir: FhirWorld) -> None:
    for each in [CARE, *VALUE_SETS]:
        path = f"/{each['resourceType']}/{each['id']}"
        assert (await fhir.send("PUT", path, each)).status == 201, path
    for own, code in (
        ("p1", "toilette"),
        ("p2", "pansement"),
        ("p3", "compresse"),
        ("p4", "repas"),
    ):
        await put_procedure(fhir, own, {"coding": [{"system": SYSTEM, "code": code}]})
    # The same code of another system, and no code at all.
    await put_procedure(fhir, "p5", {"coding": [{"system": "urn:x", "code": "toilette"}]})
    await put_procedure(fhir, "p6", None)
    await fhir.send("PUT", "/Patient/marie", {"resourceType": "Patient", "id": "marie"})


async def put_procedure(fhir: FhirWorld, own: str, code: object) -> None:
    procedure = {
        "resourceType": "Procedure",
        "id": own,
        "status": "completed",
        "subject": {"reference": "Patient/marie"},
    } | ({"code": code} if code else {})
    answer = await fhir.send("PUT", f"/Procedure/{own}", procedure)
    assert answer.status == 201, answer.body


async def test_code_modifiers(fhir: FhirWorld) -> None:
    await populate(fhir)
    gestures = "https://region.exemple.fr/gestes"
    for query, expected in (
        (f"code:in={gestures}", "p1 p4"),
        (f"code:in={quote(gestures + '|1.0')}", "p1 p4"),
        ("code:in=ValueSet/gestes", "p1 p4"),
        ("code:in=https://region.example.org/fhir/ValueSet/gestes", "p1 p4"),
        (f"code:not-in={gestures}", "p2 p3 p5 p6"),
        (f"code:in={gestures}&code:not-in={gestures}", ""),
        ("code:in=http://hl7.org/fhir/ValueSet/administrative-gender", ""),
        (f"code:below={SYSTEM}|soin", "p1 p2 p3"),
        (f"code:below={SYSTEM}|pansement", "p2 p3"),
        (f"code:below={SYSTEM}|aide,{SYSTEM}|toilette", "p1 p4"),
        (f"code:above={SYSTEM}|compresse", "p2 p3"),
        (f"code:above={SYSTEM}|soin", ""),
    ):
        listed = await found(fhir, f"/Procedure?_sort=_id&{query}")
        assert " ".join(listed) == expected, query
    assert await found(fhir, f"/Patient?_has:Procedure:subject:code:in={gestures}") == ["marie"]
    chained = await found(fhir, "/Procedure?subject:Patient.gender:not-in=ValueSet/gestes&_count=1")
    assert len(chained) == 1
    await what_is_refused(fhir)
    await what_another_caller_cannot_use(fhir)


async def what_is_refused(fhir: FhirWorld) -> None:
    for query, why in (
        ("code:in=https://region.exemple.fr/cercle", "se contient lui-même"),
        ("code:in=https://region.exemple.fr/immense", "ne sont pas tous connus"),
        ("code:in=https://region.exemple.fr/absent", "n’est pas connu ici"),
        ("code:in=ValueSet/absent", "n’est pas connu ici"),
        ("code:below=soin", "système|code"),
        (f"code:below={SYSTEM}|absent", "n’est pas un code"),
        ("code:below=urn:absent|soin", "n’est pas connu ici"),
        ("subject:in=ValueSet/gestes", "modificateur"),
    ):
        answer = await fhir.send("GET", f"/Procedure?{query}")
        assert (answer.status, why in answer.diagnostics) == (400, True), answer.body
        assert query.partition("=")[0] in answer.diagnostics
    many = await fhir.send("GET", "/?_tag:in=ValueSet/types")
    assert (many.status, many.codes) == (400, ["too-costly"]), many.body
    unknown = ",".join(f"ValueSet/absent{n}" for n in range(21))
    many = await fhir.send("GET", f"/Procedure?code:in={unknown}")
    assert (many.status, many.codes) == (422, ["too-costly"]), many.body
    # A condition is understood in the same way.
    create = {"resourceType": "Procedure", "status": "completed", "subject": {"display": "x"}}
    for value, status in (("ValueSet/gestes", 412), ("ValueSet/cercle", 400)):
        headers = {"If-None-Exist": f"code:in={value}"}
        answer = await fhir.send("POST", "/Procedure", create, headers=headers)
        assert answer.status == status, answer.body


async def what_another_caller_cannot_use(fhir: FhirWorld) -> None:
    """A stored value set is used only by callers who can read all of them."""
    scope = "patient/Procedure.rs"
    answer = await fhir.send(
        "GET", "/Procedure?code:in=ValueSet/gestes", scope=scope, role="patient", patient="marie"
    )
    assert answer.status == 400
    scope = "patient/Procedure.rs patient/ValueSet.rs"
    other = await fhir.send(
        "GET",
        "/Procedure?code:not-in=http://hl7.org/fhir/ValueSet/administrative-gender",
        scope=scope,
        role="patient",
        patient="autre",
    )
    assert (other.status, other.json.get("entry")) == (200, None)
    # A stored value set, which its bearer may have uploaded, decides nothing in a scope.
    query = "code:not-in=https://region.exemple.fr/gestes"
    scope = f"system/Procedure.rs?{query} system/ValueSet.cruds system/CodeSystem.rs"
    answer = await fhir.send("GET", f"/Procedure?{query}", scope=scope)
    assert answer.status == 403, answer.body
