"""The ways out of a pilot's figures: JSON, CSV, Parquet, open data, report, the lab as a whole.

There are two filters, and no other: an indicator, an arm. They choose lines of what is shown to
everybody; none cuts people in smaller groups.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import HTMLResponse

from pilotes.api.asked import PilotPath, caller, private
from pilotes.api.contributions import FIELDS as CONTRIBUTION_FIELDS
from pilotes.api.csv_text import csv_text
from pilotes.api.files import Csv, Parquet, Pdf
from pilotes.api.models_figures import CostDraft, FiguresBody, LabBody
from pilotes.api.pages.page_route import ReportRoute
from pilotes.api.report_html import report_html
from pilotes.domain.figures.rows import COLUMNS, Row, rows_of
from pilotes.domain.pilot import PilotId
from pilotes.domain.report.document import Document
from pilotes.flows.desk import Desk
from pilotes.flows.look_at_figures import Told, look_at_figures
from pilotes.flows.state_cost import state_cost
from pilotes.flows.tell_lab import tell_lab
from pilotes.ports.figures import FigureStore
from socle.auth import Caller
from socle.errors import Refusal
from socle.http.pages import page

LICENCE: Final = "etalab-2.0"
LICENCE_PATH: Final = "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"
_NAMES: Final = tuple(column.name for column in COLUMNS)
_FILTERS: Final = frozenset({"indicator", "arm"})
_NAME: Final = r"^[a-z0-9][a-z0-9_-]{0,63}$"
Filter = Annotated[str | None, Query(pattern=_NAME)]

DrawPdf = Callable[[Document], Awaitable[bytes]]
TellReport = Callable[[PilotId, Caller], Awaitable[Document]]
WriteParquet = Callable[[Sequence[Row], str], bytes]


def figures_router(
    desk: Desk,
    store: FigureStore,
    *,
    tell: TellReport,
    draw_pdf: DrawPdf,
    write_parquet: WriteParquet,
) -> APIRouter:
    """Every address that tells figures."""
    router = APIRouter(tags=["résultats"], dependencies=[Depends(private)])
    _add_json(router, desk, store)
    _add_files(router, desk, store, write_parquet)
    documents = APIRouter(route_class=ReportRoute)
    _add_report(documents, tell, draw_pdf)
    router.include_router(documents)
    _add_cost(router, desk, store)
    return router


def _add_json(router: APIRouter, desk: Desk, store: FigureStore) -> None:
    @router.get("/pilots/{pilot_id}/indicators", summary="Les résultats d'un pilote")
    async def indicators(
        request: Request, pilot_id: PilotPath, indicator: Filter = None, arm: Filter = None
    ) -> FiguresBody:
        """Niveaux et écarts au témoin, avec des intervalles valables à tout moment."""
        told, rows = await _asked(request, pilot_id, desk, store, indicator=indicator, arm=arm)
        return FiguresBody.of(told, [dict(row) for row in rows])

    @router.get("/indicators", summary="Les résultats de tous les pilotes ensemble")
    async def lab(request: Request) -> LabBody:
        """Sur les pilotes que vous pouvez connaître, d'après ce que chacun montre."""
        _fixed_filters(request, frozenset())
        return LabBody.of(await tell_lab(caller(request), desk=desk, store=store))


def _add_files(
    router: APIRouter, desk: Desk, store: FigureStore, write_parquet: WriteParquet
) -> None:
    @router.get(
        "/pilots/{pilot_id}/indicators.csv", response_class=Csv, summary="Les résultats en CSV"
    )
    async def as_csv(
        request: Request, pilot_id: PilotPath, indicator: Filter = None, arm: Filter = None
    ) -> Response:
        """Les mêmes lignes, une par indicateur et par bras."""
        _, rows = await _asked(request, pilot_id, desk, store, indicator=indicator, arm=arm)
        return Csv(csv_text(_NAMES, rows), f"{pilot_id}.csv")

    @router.get(
        "/pilots/{pilot_id}/indicators.parquet",
        response_class=Parquet,
        summary="Les résultats en Parquet",
    )
    async def as_parquet(
        request: Request, pilot_id: PilotPath, indicator: Filter = None, arm: Filter = None
    ) -> Response:
        """Les mêmes lignes ; le sens de chaque colonne est dans le fichier."""
        _, rows = await _asked(request, pilot_id, desk, store, indicator=indicator, arm=arm)
        return Parquet(write_parquet(rows, LICENCE), f"{pilot_id}.parquet")

    @router.get("/pilots/{pilot_id}/open-data", summary="Le jeu de données ouvert d'un pilote")
    async def open_data(request: Request, pilot_id: PilotPath) -> dict[str, Any]:
        """Un Data Package : fichiers, dictionnaire des données et licence."""
        told, _ = await _asked(request, pilot_id, desk, store)
        if told.pilot.stage == "trial":
            raise Refusal(
                "not_found",
                "L'essai est en cours : ses données seront ouvertes quand il sera fini.",
            )
        return _package(told)


def _add_report(router: APIRouter, tell: TellReport, draw_pdf: DrawPdf) -> None:
    @router.get(
        "/pilots/{pilot_id}/report", response_class=HTMLResponse, summary="Le rapport d'un pilote"
    )
    async def report(request: Request, pilot_id: PilotPath) -> Response:
        """Une page, faite du dossier à l'instant où on la demande."""
        told = await tell(pilot_id, caller(request))
        return page(told.title, report_html(told, pdf="report.pdf"))

    @router.get("/pilots/{pilot_id}/report.pdf", response_class=Pdf, summary="Le rapport en PDF")
    async def pdf(request: Request, pilot_id: PilotPath) -> Response:
        """Le même, balisé (PDF/UA-1)."""
        told = await tell(pilot_id, caller(request))
        return Pdf(await draw_pdf(told), f"{pilot_id}.pdf")


def _add_cost(router: APIRouter, desk: Desk, store: FigureStore) -> None:
    @router.put("/pilots/{pilot_id}/cost", summary="Déclarer le coût d'un pilote", status_code=204)
    async def cost(request: Request, pilot_id: PilotPath, draft: CostDraft) -> None:
        """Remplace la déclaration précédente, qui est gardée."""
        await state_cost(pilot_id, draft.cost(), caller(request), desk=desk, store=store)


async def _asked(
    request: Request,
    pilot_id: PilotId,
    desk: Desk,
    store: FigureStore,
    *,
    indicator: str | None = None,
    arm: str | None = None,
) -> tuple[Told, Sequence[Row]]:
    _fixed_filters(request, _FILTERS)
    told = await look_at_figures(pilot_id, caller(request), desk=desk, store=store)
    _known("indicateur", indicator, [each.indicator.id for each in told.figures.figures])
    _known("bras", arm, list(told.figures.people))
    protocol = told.in_force.protocol
    rows = rows_of(
        told.figures,
        pilot=told.pilot.id,
        protocol_version=protocol.version,
        as_of="" if told.at is None else told.at.isoformat(),
        control=protocol.control,
        indicator=indicator,
        arm=arm,
    )
    return told, rows


def _fixed_filters(request: Request, allowed: frozenset[str]) -> None:
    """Raises Refusal for any other filter: crossed filters end in one person."""
    other = sorted(set(request.query_params) - allowed)
    if other:
        raise Refusal(
            "invalid",
            f"Le filtre {other[0][:40]} n'existe pas : les résultats ne se découpent que par"
            " indicateur et par bras, pour que personne ne puisse être isolé.",
            filters=sorted(allowed),
        )


def _known(what: str, asked: str | None, names: Sequence[str]) -> None:
    if asked is not None and asked not in names:
        raise Refusal("not_found", f"Ce pilote n'a pas de {what} {asked}.", known=list(names))


def _package(told: Told) -> dict[str, Any]:
    """Data Package (Frictionless, v1): https://specs.frictionlessdata.io/data-package/."""
    pilot, figures = told.pilot, told.figures
    fields = [{"name": c.name, "type": c.type, "description": c.about} for c in COLUMNS]
    schema = {"fields": fields, "missingValues": [""]}
    return {
        "profile": "tabular-data-package",
        "name": pilot.id,
        "title": pilot.title,
        "description": pilot.description.summary,
        "created": None if told.at is None else told.at.isoformat(),
        "licenses": [{"name": LICENCE, "path": LICENCE_PATH, "title": "Licence Ouverte 2.0"}],
        "contributors": [{"title": pilot.description.owner, "role": "author"}],
        "privacy": f"Agrégats ; personne n'est montré à moins de {figures.k}.",
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
