"""Protocols in requests and responses."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from pilotes.http.api.text_fields import ArmName, Line, Name, NonEmptyText, RequestBody, Text
from pilotes.record.api.design_models import DesignBody, DesignContent, Instant
from pilotes.record.api.pilot_models import ProcessingBody
from pilotes.record.domain.protocol import (
    MOST_LOOKS,
    MOST_REMINDERS,
    MOST_TERRITORIES,
    Arm,
    Direction,
    EligibilityRules,
    Indicator,
    IndicatorRole,
    IndicatorType,
    Protocol,
)
from pilotes.record.ports import ProtocolVersion

_ARMS: Final = [
    {"name": "habituel", "label": "Le service tel qu’il est", "weight": 5_000},
    {"name": "alerte", "label": "Une alerte avant le départ", "weight": 5_000},
]
_INDICATORS: Final = [
    {
        "id": "retour",
        "label": "A consulté les départs dans le mois",
        "kind": "proportion",
        "source": "use:board-watched",
        "direction": "up",
        "role": "primary",
        "baseline": 0.5,
        "target": 0.65,
    }
]

Value = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
LookShare = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
Route = Annotated[str, Field(pattern=r"^/[!-~]{0,199}$")]


class ArmBody(RequestBody):
    """An arm of a protocol: one of the variants that participants get."""

    name: ArmName
    label: Line = Field(description="Ce qu’on en dit aux gens")
    weight: int = Field(ge=0, le=10_000, description="Part des personnes, sur 10 000")


class IndicatorBody(RequestBody):
    """An indicator of a protocol."""

    id: Name
    label: Line
    kind: IndicatorType
    source: Annotated[str, Field(max_length=120)] = Field(
        description="use:<fait>, return:<fait>, survey:<questionnaire>:<sus | nps | question> ;"
        " les faits : GET /pilotes/v1/usage-facts"
    )
    direction: Direction = Field(description="Le sens du mieux")
    role: IndicatorRole
    baseline: Value | None = Field(default=None, description="Sans le pilote")
    target: Value | None = None
    bound: Value | None = Field(
        default=None, description="D'un garde-fou : le pire écart acceptable au bras témoin"
    )
    window_days: int = Field(default=28, ge=1, le=365, description="Depuis la première exposition")
    before_days: int = Field(default=0, ge=0, le=365, description="Le même fait, avant (CUPED)")
    cap: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] | None = Field(
        default=None,
        description="D'une moyenne : ce qu'une personne compte au plus. Sans lui, le niveau d'un"
        " bras n'a pas d'intervalle valable à tout moment",
    )
    at_least: Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)] | None = Field(
        default=None,
        description="D'une proportion : nombre d'usages, ou note, à partir duquel une personne"
        " compte. Une médiane d'au moins 3 est une part d'au moins 0,5 de personnes qui en ont 3 ;"
        " un neuvième décile d'au plus 2, une part d'au plus 0,1",
    )
    denominator: Annotated[str, Field(max_length=120)] | None = Field(
        default=None,
        description="D'un rapport (ratio) : use:<fait>, par quoi le nombre de `source` est divisé,"
        " toutes les personnes d'un bras ensemble",
    )
    expected_response: float = Field(
        default=1.0, gt=0, le=1, description="Part attendue des participants qui ont une mesure"
    )


class RulesBody(RequestBody):
    """The rules of eligibility that the service checks."""

    minimum_age: int | None = Field(default=None, ge=0, le=120)
    account_required: bool = False
    declarations: tuple[Line, ...] = Field(default=(), max_length=10)


class ProtocolBody(RequestBody):
    """The protocol of a trial."""

    arms: tuple[ArmBody, ...] = Field(
        max_length=16, description="Dans leur ordre, pour toujours", examples=[_ARMS]
    )
    control: ArmName = Field(
        description="Le bras servi comme s’il n’y avait pas de pilote", examples=["habituel"]
    )
    routes: tuple[Route, ...] = Field(
        max_length=50,
        description="Motifs de la table des routes de la passerelle, à la lettre",
        examples=[["/mobilite/v1/stops/{stop_id}/departures"]],
    )
    eligibility: Text = Field(description="Qui peut participer", examples=["Les voyageurs."])
    rules: RulesBody = RulesBody()
    planned_per_arm: int = Field(ge=2, le=1_000_000, description="Personnes", examples=[200])
    indicators: tuple[IndicatorBody, ...] = Field(max_length=30, examples=[_INDICATORS])
    stopping_rule: NonEmptyText = Field(
        description="Quand on arrête avant la fin", examples=["Un incident grave."]
    )
    starts_at: Instant
    ends_at: Instant
    cluster_size: float = Field(
        default=1.0,
        ge=1,
        le=10_000,
        allow_inf_nan=False,
        description="Personnes d'une même famille, équipe ou classe qui participent ensemble, en"
        " moyenne",
    )
    cluster_correlation: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="À quel point leurs mesures, ou celles d'un même lieu, se ressemblent",
    )
    looks: tuple[LookShare, ...] = Field(
        default=(),
        max_length=MOST_LOOKS,
        description="Parts des personnes prévues auxquelles on lit les résultats, la dernière 1,"
        " comme [0.5, 1] : entre deux, rien n'est montré que le nombre de participants et les"
        " garde-fous. Vide : ils peuvent être lus chaque jour, et il faut un effet plus grand",
    )
    design: DesignBody = DesignBody()
    territories: tuple[Line, ...] = Field(
        default=(),
        max_length=MOST_TERRITORIES,
        description="Où l'essai a lieu, en mots : des communes, des lignes. Le public et la notice"
        " le lisent",
        examples=[["Orléans", "Ligne A du tram"]],
    )
    reminders_at_most: int = Field(
        default=0,
        ge=0,
        le=MOST_REMINDERS,
        description="Rappels par courriel, la veille d'un questionnaire ou dans les sept jours sans"
        " réponse, que reçoit au plus dans l'essai une personne qui les a choisis ; 0 : aucun. La"
        " notice dit ce nombre",
    )

    def protocol(self) -> Protocol:
        """The protocol for the flows, without a version yet."""
        return Protocol(
            version=0,
            arms=tuple(Arm(each.name, each.label, each.weight) for each in self.arms),
            control=self.control,
            routes=self.routes,
            eligibility=self.eligibility,
            planned_per_arm=self.planned_per_arm,
            indicators=tuple(Indicator(**each.model_dump()) for each in self.indicators),
            stopping_rule=self.stopping_rule,
            starts_at=self.starts_at,
            ends_at=self.ends_at,
            rules=EligibilityRules(**self.rules.model_dump()),
            cluster_size=self.cluster_size,
            cluster_correlation=self.cluster_correlation,
            looks=self.looks,
            design=self.design.design(),
            territories=self.territories,
            reminders_at_most=self.reminders_at_most,
        )


class AmendmentBody(RequestBody):
    """A new version of a frozen protocol."""

    protocol: ProtocolBody
    reason: NonEmptyText = Field(examples=["Il faut plus de participants."])
    processing: ProcessingBody | None = Field(
        default=None,
        description="Pendant l'essai, la fiche de traitement qui vaudra avec lui ; absente :"
        " inchangée",
    )


class ShownArm(BaseModel):
    """An arm of a protocol: one of the variants that participants get."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    label: str
    weight: int


class ShownIndicator(BaseModel):
    """An indicator of a protocol."""

    model_config = ConfigDict(from_attributes=True)

    id: str
    label: str
    kind: IndicatorType
    source: str
    direction: Direction
    role: IndicatorRole
    baseline: float | None
    target: float | None
    bound: float | None
    window_days: int
    before_days: int
    cap: float | None
    at_least: float | None
    denominator: str | None
    expected_response: float


class ShownRules(BaseModel):
    """The rules of eligibility that the service checks."""

    model_config = ConfigDict(from_attributes=True)

    minimum_age: int | None
    account_required: bool
    declarations: tuple[str, ...]


class ShownProtocol(BaseModel):
    """One version of a protocol."""

    model_config = ConfigDict(from_attributes=True)

    version: int
    arms: tuple[ShownArm, ...]
    control: str
    routes: tuple[str, ...]
    eligibility: str
    rules: ShownRules
    planned_per_arm: int
    indicators: tuple[ShownIndicator, ...]
    stopping_rule: str
    starts_at: datetime
    ends_at: datetime
    cluster_size: float
    cluster_correlation: float
    looks: tuple[float, ...]
    design: DesignContent
    territories: tuple[str, ...]
    reminders_at_most: int


class ShownVersion(BaseModel):
    """One version of a protocol, with its history.

    `digest`: the one that decisions contain. `reason`: why it was written; empty for the first.
    """

    protocol: ShownProtocol
    digest: str
    reason: str
    written_at: datetime
    frozen_at: datetime | None

    @classmethod
    def of(cls, written: ProtocolVersion) -> "ShownVersion":
        """The body of a version."""
        return cls(
            protocol=ShownProtocol.model_validate(written.protocol),
            digest=written.digest,
            reason=written.reason,
            written_at=written.written_at,
            frozen_at=written.frozen_at,
        )


class VersionsBody(BaseModel):
    """All versions of a pilot's protocol, the first one first."""

    versions: list[ShownVersion]
