"""Results in responses."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from pilotes.http.api.text_fields import RequestBody, Text
from pilotes.results.domain.allocation import allocation_sentence
from pilotes.results.domain.cost import Cost
from pilotes.results.domain.estimates import Figures
from pilotes.results.domain.figure_table import COLUMNS
from pilotes.results.flows.get_results import PilotResults
from pilotes.results.flows.lab_report import LabReport


class LookBody(BaseModel):
    """A planned look at the results."""

    model_config = ConfigDict(from_attributes=True)

    share: float = Field(description="Part des personnes prévues")
    planned: int = Field(description="Nombre de personnes à partir duquel il a lieu")
    at: datetime | None = Field(
        description="Quand il a eu lieu ; null : pas encore, ou jamais, parce que le suivant a été"
        " atteint en même temps. À la fin de l'essai, le dernier se fait avec les personnes qu'il y"
        " a, et reste null"
    )
    people: int | None = Field(description="Personnes qu'il compte")


class FiguresBody(BaseModel):
    """The results of a pilot: the rows that match the filters, and what is common to them.

    `as_of`: when they were calculated; null: not yet. `sound_sentence`: the meaning of `sound`, in
    French.
    """

    pilot: str
    title: str
    report: str = Field(description="La page qui explique ces résultats, en phrases")
    as_of: datetime | None
    protocol_version: int
    planned_per_arm: int
    k: int = Field(description="Personne n'est montré à moins de k")
    sound: bool = Field(description="Faux : le tirage au sort n'est pas celui prévu")
    sound_sentence: str
    people: dict[str, int] = Field(
        description="Par bras, les participants suivis jusqu'au bout, sans pause ni fin de l'essai"
        " entre-temps, et qui peuvent être montrés ; 0 : encore trop peu. Une ligne peut en compter"
        " moins : tous n'ont pas une mesure"
    )
    indicators: list[dict[str, Any]] = Field(
        description="Une ligne par indicateur et par bras. "
        + " ".join(f"`{column.name}` : {column.about}." for column in COLUMNS)
    )
    retention: list[dict[str, Any]]
    footprint: list[dict[str, Any]]
    looks: list[LookBody] = Field(
        description="Les regards prévus au protocole, dans l'ordre. Les lignes sont celles du"
        " dernier qui a eu lieu ; celles des garde-fous, et `people`, sont du moment. Vide : tout"
        " est lu à tout moment"
    )

    @classmethod
    def of(cls, results: PilotResults, rows: list[dict[str, Any]], *, report: str) -> "FiguresBody":
        """The body of the results. `rows`: those of the filters. `report`: the address of the
        report."""
        figures = results.figures
        return cls(
            pilot=results.pilot.id,
            title=results.pilot.title,
            report=report,
            as_of=results.at,
            protocol_version=results.in_force.protocol.version,
            planned_per_arm=results.planned_per_arm,
            k=figures.k,
            sound=figures.ratio_as_planned,
            sound_sentence=allocation_sentence(
                results.in_force.protocol.design, as_planned=figures.ratio_as_planned
            ),
            people=dict(figures.people),
            indicators=rows,
            retention=_curves(figures),
            footprint=[
                {
                    "arm": each.arm,
                    "useful_requests": each.requests,
                    "bytes_per_request": round(each.bytes, 1),
                    "seconds_per_request": round(each.seconds, 6),
                    "cpu_seconds_per_request": None
                    if each.cpu_seconds is None
                    else round(each.cpu_seconds, 6),
                }
                for each in figures.footprint
            ],
            looks=[LookBody.model_validate(each) for each in results.looks],
        )


def _curves(figures: Figures) -> list[dict[str, Any]]:
    return [
        {
            "indicator": figure.indicator.id,
            "arm": at.arm,
            "day": step.day,
            "share": round(step.share, 4),
            "low": round(step.low, 4),
            "high": round(step.high, 4),
        }
        for figure in figures.figures
        for at in figure.arms
        for step in at.curve
    ]


class CostDraft(RequestBody):
    """The cost of a pilot, as its holder declares it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"euros": 12_000, "working_days": 30}]}
    )

    euros: float = Field(ge=0, le=1e9, allow_inf_nan=False)
    working_days: float = Field(ge=0, le=1e6, allow_inf_nan=False)
    watts_per_core: float | None = Field(
        default=None,
        ge=0,
        le=1000,
        allow_inf_nan=False,
        description="Des machines, l'alimentation de la salle comprise",
    )
    note: Text = ""

    def cost(self) -> Cost:
        """The cost for the flows."""
        return Cost(**self.model_dump())


class LabBody(BaseModel):
    """Sums over the pilots visible to the caller.

    `pilots`: their number. `stages`: how many are at each stage. `verdicts`: of the primary
    indicators of trials that are over, one for each arm. `unsound`: trials that are over with a
    sample ratio mismatch. `people`: disclosed in trials that are over. `paused`: how many are
    paused. `days_to_trial`: median from the creation to the trial; null: no trial was opened.
    """

    pilots: int
    stages: dict[str, int]
    verdicts: dict[str, int]
    unsound: int
    alarms: list[str] = Field(
        description="Parmi les essais en cours dont vous voyez les résultats, ceux dont le tirage"
        " au sort n'est pas celui prévu : rien n'en est conclu"
    )
    people: int
    paused: int
    days_to_trial: float | None

    @classmethod
    def of(cls, lab: LabReport) -> "LabBody":
        """The body of the lab's report."""
        return cls(
            pilots=lab.pilots,
            stages=dict(lab.stages),
            verdicts=dict(lab.verdicts),
            unsound=lab.unsound,
            alarms=list(lab.alarms),
            people=lab.people,
            paused=lab.paused,
            days_to_trial=lab.days_to_trial,
        )
