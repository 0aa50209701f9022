"""A protocol is written, frozen, amended: a frozen version stays, and an amendment has a reason."""

from copy import deepcopy
from typing import Any, Final

from pilot_lab import PROTOCOL, Lab


def changed(**changes: Any) -> dict[str, Any]:
    return deepcopy(PROTOCOL) | changes


def indicator(at: int = 0, **changes: Any) -> dict[str, Any]:
    """The protocol with one indicator changed."""
    found = deepcopy(PROTOCOL)
    found["indicators"][at] |= changes
    return found


async def attempt(pilots: Lab, path: str, body: Any) -> Any:
    return await pilots.request("POST", f"/pilots/alertes{path}", body, at=await pilots.revision())


async def test_a_frozen_version_stays_and_an_amendment_has_a_reason(pilots: Lab) -> None:
    await pilots.reach_stage("ready")
    await pilots.change("PUT", "/protocol", changed(planned_per_arm=300))
    await pilots.change("POST", "/protocol/freeze")
    now = await pilots.revision()
    answer = await pilots.request("PUT", "/pilots/alertes/protocol", PROTOCOL, at=now)
    assert answer.status == 409
    assert "La version 1 du protocole est gelée" in answer.detail
    assert (await attempt(pilots, "/protocol/amendments", {"protocol": PROTOCOL, "reason": " "})
            ).status == 400  # fmt: skip
    await pilots.change("POST", "/protocol/amendments", {"protocol": PROTOCOL, "reason": "Moins."})
    first, second = (await pilots.request("GET", "/pilots/alertes/protocols")).json["versions"]
    assert (first["protocol"]["planned_per_arm"], first["reason"]) == (300, "")
    assert (second["protocol"]["planned_per_arm"], second["reason"]) == (250, "Moins.")
    assert (second["protocol"]["version"], second["frozen_at"] is not None) == (2, True)
    assert first["digest"] != second["digest"]
    same = await attempt(pilots, "/protocol/amendments", {"protocol": PROTOCOL, "reason": "x"})
    assert (same.status, "rien n’y change" in same.detail) == (409, True)


async def test_a_trial_changes_by_amendment_alone_and_never_its_arms(pilots: Lab) -> None:
    await pilots.reach_stage("trial")
    for unchanged, named in (
        (changed(arms=PROTOCOL["arms"][::-1]), "leur nom et leur ordre"),
        (changed(control="prevenu"), "le bras témoin ne change plus"),
        (changed(starts_at="2026-02-01T00:00:00Z"), "la date de début"),
        (changed(looks=[0.5, 1]), "les regards prévus (looks) ne changent plus"),
        (indicator(target=0.9), "l’indicateur principal"),
    ):
        answer = await attempt(
            pilots, "/protocol/amendments", {"protocol": unchanged, "reason": "x"}
        )
        assert answer.status == 400, named
        assert named in answer.detail
    for path, body in (("/protocol/freeze", None), ("/protocol", PROTOCOL)):
        method = "PUT" if body else "POST"
        now = await pilots.revision()
        answer = await pilots.request(method, f"/pilots/alertes{path}", body, at=now)
        assert answer.status == 409, path
    weights = [arm | {"weight": w} for arm, w in zip(PROTOCOL["arms"], (8000, 2000), strict=True)]
    await pilots.amend(changed(arms=weights), "2026-03-02")
    pilot_events = (await pilots.pilot_events())[-1]
    assert pilot_events is not None
    assert [arm["weight"] for arm in pilot_events["arms"]] == [8000, 2000]
    await pilots.change("POST", "/stage", {"to": "evaluation"})
    over = await attempt(pilots, "/protocol/amendments", {"protocol": PROTOCOL, "reason": "x"})
    assert over.status == 409
    assert "L’essai est fini" in over.detail


USELESS: Final[list[tuple[dict[str, Any], str]]] = [
    (changed(arms=PROTOCOL["arms"][:1]), "1 bras : il en faut de 2 à 8"),
    (changed(arms=[PROTOCOL["arms"][0]] * 2), "deux bras portent le nom habituel"),
    (changed(control="autre"), "le bras témoin autre n’est pas un de ses bras"),
    (
        changed(arms=[a | {"weight": w} for a, w in zip(PROTOCOL["arms"], (1, 2), strict=True)]),
        "la somme des poids est 3",
    ),
    (
        changed(
            arms=[a | {"weight": w} for a, w in zip(PROTOCOL["arms"], (0, 10_000), strict=True)]
        ),
        "le bras témoin ne reçoit personne",
    ),
    (
        changed(
            arms=[a | {"weight": w} for a, w in zip(PROTOCOL["arms"], (10_000, 0), strict=True)]
        ),
        "le bras prevenu ne reçoit personne (poids 0)",
    ),
    (indicator(source="use:board-viewed"), "(le plus proche : board-watched ;"),
    (indicator(source="return:rien", kind="retention"), "le fait rien n’existe pas"),
    (indicator(1, kind="proportion"), "le SUS n’est pas une proportion"),
    (
        indicator(1, source="survey:sortie:nps", kind="proportion"),
        "le NPS n’est pas une proportion",
    ),
    (changed(routes=[]), "aucune route n’est couverte"),
    (changed(routes=["/fhir", "/fhir"]), "la route /fhir est écrite deux fois"),
    (changed(ends_at="2025-01-01T00:00:00Z"), "il finit avant de commencer"),
    (changed(ends_at="2026-01-10T00:00:00Z"), "l’essai n’en dure que 5"),
    (changed(indicators=[]), "0 indicateur principal"),
    (indicator(1, role="primary", baseline=1), "2 indicateur principal"),
    (indicator(1, id="suivi"), "deux indicateurs portent le nom suivi"),
    (indicator(source="log:tout"), "sa source s’écrit"),
    (indicator(kind="score"), "une source use ne donne pas de mesure score"),
    (indicator(1, role="guardrail"), "un garde-fou demande une borne"),
    (indicator(bound=0.1), "seul un garde-fou a une borne"),
    (indicator(1, at_least=72), "seule une proportion a un seuil par personne"),
    (indicator(denominator="use:reminder-sent"), "seul un rapport (ratio) a un dénominateur"),
    (indicator(kind="ratio"), "un rapport (ratio) demande un dénominateur"),
    (indicator(kind="ratio", denominator="use:board-watched"), "celui-ci ferait toujours 1"),
    (indicator(kind="ratio", denominator="use:rien"), "le fait rien n’existe pas"),
    (
        indicator(kind="ratio", denominator="use:reminder-sent", before_days=7),
        "un rapport (ratio) ne se corrige pas",
    ),
    (indicator(kind="ratio", denominator="use:reminder-sent", cap=3), "un rapport, le SUS"),
    (changed(looks=[1]), "regards prévus (looks) : 1, il en faut de 2 à 5"),
    (changed(looks=[0.5, 0.5, 1]), "vont en croissant, et le dernier est à 1"),
    (changed(looks=[0.5, 0.9]), "vont en croissant, et le dernier est à 1"),
    (
        indicator(
            1,
            kind="retention",
            source="return:board-watched",
            role="guardrail",
            bound=-0.1,
        )
        | {"looks": [0.5, 1]},
        "le garde-fou confort montrerait chaque jour",
    ),
    (indicator(baseline=None), "le principal demande une valeur de départ"),
    (indicator(baseline=1.5), "une proportion va de 0 à 1"),
    (indicator(direction="down"), "la cible n’est pas meilleure que le départ"),
    (indicator(1, before_days=7), "seul un usage se mesure aussi avant"),
    (indicator(cap=3), "un plafond par personne (cap) ne vaut que pour une moyenne"),
    (
        indicator(1, kind="mean", source="use:board-watched", cap=2, window_days=14),
        "les indicateurs suivi et confort diraient à eux deux combien de personnes ont dépassé 1",
    ),
]


async def test_a_protocol_that_would_measure_nothing_is_not_frozen(pilots: Lab) -> None:
    await pilots.create_pilot()
    for protocol, named in USELESS:
        await pilots.change("PUT", "/protocol", protocol)
        answer = await attempt(pilots, "/protocol/freeze", None)
        assert answer.status == 400, named
        assert named in answer.detail


NOWHERE: Final = (
    (
        "/mobilite/v1/stop/{stop_id}/departures",
        "(les plus proches : /mobilite/v1/stops/{stop_id}/departures,",
    ),
    ("/fhir/Patient", "/fhir/{rest...}"),
    ("/auth/login", "la route /auth/login n’est pas de celles qu’un pilote peut couvrir"),
    ("/participer/{rest...}", "/participer/{rest...} n’est pas de celles"),
    ("/pilotes/v1/{rest...}", "/pilotes/v1/{rest...} n’est pas de celles"),
    ("/MOBILITE/v1/stops", "(les plus proches : /mobilite/v1/stops,"),
)


async def test_a_route_outside_the_coverable_ones_is_refused_whenever_it_is_written(
    pilots: Lab,
) -> None:
    await pilots.create_pilot()
    for route, named in NOWHERE:
        now = await pilots.revision()
        body = changed(routes=[*PROTOCOL["routes"], route])
        answer = await pilots.request("PUT", "/pilots/alertes/protocol", body, at=now)
        assert answer.status == 400, route
        assert named in answer.detail
        assert answer.detail.startswith("Le protocole ne peut pas être écrit : ")
        assert await pilots.revision() == now
    await pilots.change("PUT", "/protocol", PROTOCOL)
    # A protocol from before the gateway's table changed.
    await pilots.pool.execute(
        "UPDATE protocol SET content = jsonb_set(content, '{routes}', '[\"/gone\"]')"
    )
    answer = await attempt(pilots, "/protocol/freeze", None)
    assert (answer.status, "la route /gone" in answer.detail) == (400, True)
    await pilots.change("PUT", "/protocol", PROTOCOL)
    await pilots.change("POST", "/protocol/freeze")
    body = {"protocol": changed(routes=["/gone"]), "reason": "x"}
    answer = await attempt(pilots, "/protocol/amendments", body)
    assert (answer.status, "la route /gone" in answer.detail) == (400, True)


UNREADABLE: Final = [
    changed(planned_per_arm=0),
    changed(starts_at="2026-01-05T00:00:00"),
    changed(starts_at="0001-01-01T00:00:00+14:00"),
    changed(stopping_rule="\u0000"),
    changed(control="Témoin"),
    changed(routes=["mobilite"]),
    changed(unknown=1),
    indicator(baseline=1e300),
    indicator(window_days=0),
    indicator(kind="autre"),
]


async def test_what_is_no_protocol_is_refused_by_field(pilots: Lab) -> None:
    await pilots.create_pilot()
    now = await pilots.revision()
    for unreadable in UNREADABLE:
        answer = await pilots.request("PUT", "/pilots/alertes/protocol", unreadable, at=now)
        assert answer.status == 400, unreadable
        assert answer.json["errors"], unreadable
    assert await pilots.revision() == now
