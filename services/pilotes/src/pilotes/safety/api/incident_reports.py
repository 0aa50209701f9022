"""Routes of incident reports."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict

from pilotes.http.api.cache_control import forbid_caching
from pilotes.http.api.text_fields import NonEmptyText, RequestBody
from pilotes.identity.api.caller import ACCOUNT_REQUIRED, caller
from pilotes.identity.api.device import person_of_request
from pilotes.people.ports import Trials
from pilotes.record.api.parameters import PilotPath
from pilotes.record.flows.desk import Desk
from pilotes.safety.domain.incident_reports import Report, ReportType, Severity
from pilotes.safety.flows.report_incident import report_incident
from pilotes.safety.ports import Reports
from socle.http import Router


class ReportDraft(RequestBody):
    """Ce qui s'est passé. `severity` : d'un incident ; `severe` met le pilote en pause aussitôt,
    une fois en 24 heures pour tous les participants ensemble, et une fois pour chacun d'eux. Rien
    sur la santé de quelqu'un."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"severity": "minor", "said": "La page ne s’ouvre pas au téléphone."}]
        }
    )

    kind: ReportType = "incident"
    severity: Severity | None = None
    said: NonEmptyText


class ReportBody(BaseModel):
    """Un signalement. `said` : vide si la personne a tout effacé. `paused_trial` : s'il a mis
    l'essai en pause ; un incident grave qui ne l'a pas fait attend une décision de l'équipe."""

    id: int
    kind: ReportType
    severity: Severity | None
    said: str
    role: str
    at: datetime
    paused_trial: bool


class ReportsBody(BaseModel):
    """Les signalements d'un pilote, le dernier d'abord."""

    reports: list[ReportBody]


def reports_router(desk: Desk, reports: Reports, trials: Trials) -> Router:
    """The routes of incident reports."""
    router = Router(tags=["pilots"], dependencies=[Depends(forbid_caching)])
    _add_reporting(router, desk, reports, trials)
    _add_list(router, desk, reports)
    return router


def _add_reporting(router: Router, desk: Desk, reports: Reports, trials: Trials) -> None:
    @router.post(
        "/pilots/{pilot_id}/reports",
        operation_id="report_incident",
        status_code=201,
        summary="Signaler un incident, un défaut d'accessibilité, une remarque",
    )
    async def report(request: Request, pilot_id: PilotPath, written: ReportDraft) -> ReportBody:
        """L'équipe du pilote et ceux qui y participent, avec ou sans compte. Un incident grave
        remet tout le monde au bras témoin, aussitôt ; si un participant l'a fait depuis moins de
        24 heures, ou si cette personne l'a déjà fait une fois, le signalement attend la décision
        de l'équipe."""
        report = await report_incident(
            pilot_id,
            caller(request),
            written.kind,
            written.severity,
            written.said,
            desk=desk,
            reports=reports,
            trials=trials,
            personal_code=person_of_request(request).personal_code,
        )
        return _body(report)


def _add_list(router: Router, desk: Desk, reports: Reports) -> None:
    @router.get(
        "/pilots/{pilot_id}/reports",
        operation_id="list_incident_reports",
        summary="Ce qui a été signalé",
        dependencies=[ACCOUNT_REQUIRED],
    )
    async def listed(
        request: Request, pilot_id: PilotPath, limit: Annotated[int, Query(ge=1, le=200)] = 100
    ) -> ReportsBody:
        """Pour l'équipe du pilote."""
        _, actor = await desk.get_pilot(pilot_id, caller(request))
        actor.require("read_reports")
        found = await reports.list_of(pilot_id, limit=limit)
        return ReportsBody(reports=[_body(each) for each in found])


def _body(report: Report) -> ReportBody:
    return ReportBody(
        id=report.id,
        kind=report.kind,
        severity=report.severity,
        said=report.text,
        role=report.role,
        at=report.at,
        paused_trial=report.paused_trial,
    )
