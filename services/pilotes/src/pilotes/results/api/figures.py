"""Routes of the results of one pilot (JSON, CSV, Parquet, open data) and of all pilots together.

The only filters are an indicator and an arm. They choose among rows that are disclosed to every
caller; no filter makes smaller groups.
"""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request, Response

from pilotes.contributions.api.contributions import FIELDS as CONTRIBUTION_FIELDS
from pilotes.http.api.cache_control import forbid_caching
from pilotes.http.api.csv_text import render_csv
from pilotes.http.api.file_responses import Csv, Parquet
from pilotes.identity.api.caller import ACCOUNT_IN_SOME_CASES, caller
from pilotes.record.api.parameters import PilotPath
from pilotes.record.domain.pilot import PilotId
from pilotes.record.flows.desk import Desk
from pilotes.results.api.models import FiguresBody, LabBody
from pilotes.results.domain.figure_table import COLUMNS, Row, figure_rows
from pilotes.results.flows.get_results import PilotResults, get_results
from pilotes.results.flows.lab_report import lab_report
from pilotes.results.ports import FigureStore
from socle.errors import Refusal
from socle.http import Router

LICENCE: Final = "etalab-2.0"
LICENCE_PATH: Final = "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"
_NAMES: Final = tuple(column.name for column in COLUMNS)
_FILTERS: Final = frozenset({"indicator", "arm"})
_NAME: Final = r"^[a-z0-9][a-z0-9_-]{0,63}$"
Filter = Annotated[str | None, Query(pattern=_NAME)]

WriteParquet = Callable[[Sequence[Row], str], bytes]
"""The file of those rows, with the name of the licence."""


def figures_router(
    desk: Desk, store: FigureStore, *, write_parquet: WriteParquet, public: str
) -> Router:
    """The routes of results. `write_parquet`: makes the Parquet file. `public`: the platform's
    address in browsers."""
    router = Router(tags=["results"], dependencies=[Depends(forbid_caching)])
    _add_json(router, desk, store, public)
    _add_files(router, desk, store, write_parquet)
    _add_package(router, desk, store, public)
    return router


def _add_json(router: Router, desk: Desk, store: FigureStore, public: str) -> None:
    @router.get(
        "/pilots/{pilot_id}/indicators",
        operation_id="get_indicators",
        summary="Les résultats d'un pilote",
        openapi_extra=ACCOUNT_IN_SOME_CASES,
    )
    async def indicators(
        request: Request, pilot_id: PilotPath, indicator: Filter = None, arm: Filter = None
    ) -> FiguresBody:
        """Niveaux et écarts au témoin, avec des intervalles valables à tout moment. Ouvert à tous
        dès que l'essai est fini ; avant, à son équipe. `report` mène à la page qui les
        explique."""
        results, rows = await _results_and_rows(
            request, pilot_id, desk, store, indicator=indicator, arm=arm
        )
        report = _report_address(public, pilot_id)
        return FiguresBody.of(results, [dict(row) for row in rows], report=report)

    @router.get(
        "/indicators",
        operation_id="get_lab_indicators",
        summary="Les résultats de tous les pilotes ensemble",
    )
    async def lab(request: Request) -> LabBody:
        """Sur les pilotes que vous pouvez connaître, d'après ce que chacun montre."""
        _check_filters(request, frozenset())
        return LabBody.of(await lab_report(caller(request), desk=desk, store=store))


def _add_files(router: Router, desk: Desk, store: FigureStore, write_parquet: WriteParquet) -> None:
    @router.get(
        "/pilots/{pilot_id}/indicators.csv",
        operation_id="get_indicators_csv",
        response_class=Csv,
        summary="Les résultats en CSV",
        openapi_extra=ACCOUNT_IN_SOME_CASES,
    )
    async def as_csv(
        request: Request, pilot_id: PilotPath, indicator: Filter = None, arm: Filter = None
    ) -> Response:
        """Les mêmes lignes, une par indicateur et par bras. Ouvert à tous dès que l'essai est
        fini ; avant, à son équipe."""
        _, rows = await _results_and_rows(
            request, pilot_id, desk, store, indicator=indicator, arm=arm
        )
        return Csv(render_csv(_NAMES, rows), f"{pilot_id}.csv")

    @router.get(
        "/pilots/{pilot_id}/indicators.parquet",
        operation_id="get_indicators_parquet",
        response_class=Parquet,
        summary="Les résultats en Parquet",
        openapi_extra=ACCOUNT_IN_SOME_CASES,
    )
    async def as_parquet(
        request: Request, pilot_id: PilotPath, indicator: Filter = None, arm: Filter = None
    ) -> Response:
        """Les mêmes lignes ; le sens de chaque colonne est dans le fichier. Ouvert à tous dès que
        l'essai est fini ; avant, à son équipe."""
        _, rows = await _results_and_rows(
            request, pilot_id, desk, store, indicator=indicator, arm=arm
        )
        return Parquet(write_parquet(rows, LICENCE), f"{pilot_id}.parquet")


def _add_package(router: Router, desk: Desk, store: FigureStore, public: str) -> None:
    @router.get(
        "/pilots/{pilot_id}/open-data",
        operation_id="get_open_data",
        summary="Le jeu de données ouvert d'un pilote",
        openapi_extra=ACCOUNT_IN_SOME_CASES,
    )
    async def open_data(request: Request, pilot_id: PilotPath) -> dict[str, Any]:
        """Un Data Package : fichiers, dictionnaire des données et licence. Publié quand l'essai est
        fini : pendant l'essai, l'équipe ne le lit pas non plus (404)."""
        results, _ = await _results_and_rows(request, pilot_id, desk, store)
        if results.pilot.stage == "trial":
            raise Refusal(
                "not_found",
                "L'essai est en cours : ses données seront ouvertes quand il sera fini.",
            )
        return _package(results, report=_report_address(public, pilot_id))


def _report_address(public: str, pilot_id: PilotId) -> str:
    """The page that explains the results of a pilot."""
    return f"{public}/pilotes/v1/pilots/{pilot_id}/report"


async def _results_and_rows(
    request: Request,
    pilot_id: PilotId,
    desk: Desk,
    store: FigureStore,
    *,
    indicator: str | None = None,
    arm: str | None = None,
) -> tuple[PilotResults, Sequence[Row]]:
    _check_filters(request, _FILTERS)
    results = await get_results(pilot_id, caller(request), desk=desk, store=store)
    _check_known("indicateur", indicator, [each.indicator.id for each in results.figures.figures])
    _check_known("bras", arm, list(results.figures.people))
    protocol = results.in_force.protocol
    rows = figure_rows(
        results.figures,
        pilot=results.pilot.id,
        protocol_version=protocol.version,
        as_of="" if results.at is None else results.at.isoformat(),
        control=protocol.control,
        labels={each.name: each.label for each in protocol.arms},
        indicator=indicator,
        arm=arm,
    )
    return results, rows


def _check_filters(request: Request, allowed: frozenset[str]) -> None:
    """Raises Refusal for any other filter: combined filters would isolate a person."""
    other = sorted(set(request.query_params) - allowed)
    if other:
        raise Refusal(
            "invalid",
            f"Le filtre {other[0][:40]} n'existe pas : les résultats ne se découpent que par"
            " indicateur et par bras, pour que personne ne puisse être isolé.",
            filters=sorted(allowed),
        )


def _check_known(what: str, name: str | None, names: Sequence[str]) -> None:
    if name is not None and name not in names:
        raise Refusal("not_found", f"Ce pilote n'a pas de {what} {name}.", known=list(names))


def _package(results: PilotResults, *, report: str) -> dict[str, Any]:
    """The Data Package of a pilot (Frictionless, v1). `report`: the address of its report.
    https://specs.frictionlessdata.io/data-package/"""
    pilot, figures = results.pilot, results.figures
    fields = [{"name": c.name, "type": c.type, "description": c.about} for c in COLUMNS]
    schema = {"fields": fields, "missingValues": [""]}
    return {
        "profile": "tabular-data-package",
        "name": pilot.id,
        "title": pilot.title,
        "description": pilot.description.summary,
        "homepage": report,
        "created": None if results.at is None else results.at.isoformat(),
        "licenses": [{"name": LICENCE, "path": LICENCE_PATH, "title": "Licence Ouverte 2.0"}],
        "contributors": [{"title": pilot.description.owner, "role": "author"}],
        "privacy": f"Agrégats ; aucun groupe de moins de {figures.k} personnes n'est affiché.",
        "resources": [
            {
                "name": f"{pilot.id}-{kind}",
                "path": f"indicators.{kind}",
                "format": kind,
                "mediatype": mediatype,
                "schema": schema,
            }
            for kind, mediatype in (
                ("csv", Csv.media_type),
                ("parquet", Parquet.media_type),
            )
        ]
        + [
            {
                "name": f"{pilot.id}-avis",
                "path": "contributions.csv",
                "format": "csv",
                "mediatype": Csv.media_type,
                "schema": {"fields": CONTRIBUTION_FIELDS},
            }
        ],
    }
