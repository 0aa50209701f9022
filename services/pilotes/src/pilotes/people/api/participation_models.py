"""The bodies of the routes of participants."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from pydantic import BaseModel, Field

from pilotes.http.api.text_fields import Line, Name, RequestBody
from pilotes.people.domain.capacity import Assistance, CapacityType
from pilotes.people.domain.consent import Consent, active_consent
from pilotes.people.domain.joint_consent import JointConsent
from pilotes.record.domain.draws.designs import DesignType
from pilotes.record.domain.pilot import Pilot
from pilotes.record.domain.readings import ReadingType

_CAPACITY: Final[Any] = Field(
    default="self",
    description="À quel titre : seul, à moins de 15 ans avec un parent, ou par qui est habilité",
)
_READING: Final[Any] = Field(
    default="plain", description="Quelle lecture de la notice : complète, facile à lire, en anglais"
)
_ASSISTED_BY: Final[Any] = Field(
    default=None, description="Qui a aidé à lire et à décider : un témoin, qui ne consent pas"
)


class DeclarationBody(BaseModel):
    """Une phrase que la personne doit pouvoir dire."""

    name: str = Field(examples=["age"])
    sentence: str = Field(examples=["J’ai au moins 18 ans."])


class OfferedPlaceBody(BaseModel):
    """Un lieu qu'une personne peut choisir."""

    code: str = Field(examples=["cabinet-nord"])
    label: str = Field(examples=["Cabinet Nord"])


class OfferedStratumBody(BaseModel):
    """Une réponse qu'une personne peut donner."""

    code: str = Field(examples=["moins-26"])
    label: str = Field(examples=["Moins de 26 ans"])


class OfferBody(BaseModel):
    """Ce qu'ouvre un code. `notice` : tout ce qui est à lire avant de décider. `capacities` : à
    quel titre l'on peut y participer. `place_question` : vide, sauf si l'essai tire au sort des
    lieux ; la réponse est l'un des `places`. Un code peut porter son lieu : rien n'est alors
    demandé, et `places` n'a que lui. `draw_question` : vide, sauf si l'essai tire au sort par blocs
    et demande une réponse, l'une des `strata` ; dites à la personne qu'elle sert à former des
    groupes qui se ressemblent, et qu'elle est effacée dès le tirage. `design_type` : ce qui est
    tiré au sort. Dites à la personne, avec `stepped_wedge` et `switchback`, que ce qu'elle reçoit
    peut changer pendant l'essai."""

    pilot_id: str
    notice_version: str
    eligibility: str
    declarations: list[DeclarationBody]
    account_required: bool
    ends_at: datetime
    design_type: DesignType
    place_question: str
    places: list[OfferedPlaceBody]
    draw_question: str
    strata: list[OfferedStratumBody]
    capacities: list[CapacityType]
    notice: dict[str, Any]


class AgreementDraft(RequestBody):
    """Un accord : sur quel pilote, par quel code, après quelle notice, en déclarant quoi."""

    pilot_id: Name = Field(examples=["alertes-avant-depart"])
    code: Line = Field(description="Celui de l’invitation", examples=["CODE"])
    notice_version: Line = Field(
        description="Celle de la notice que le code ouvre", examples=["NOTICE_VERSION"]
    )
    declared: tuple[Line, ...] = Field(default=(), max_length=40)
    place: Name | None = Field(
        default=None, description="Le code du lieu de la personne, si l’offre le demande"
    )
    stratum: Name | None = Field(
        default=None, description="Le code de la réponse de la personne, si l’offre la demande"
    )
    capacity: CapacityType = _CAPACITY
    assisted_by: Assistance | None = _ASSISTED_BY
    reading: ReadingType = _READING


class RenewalDraft(RequestBody):
    """Un nouvel accord, après quelle notice, en déclarant quoi."""

    notice_version: Line = Field(
        description="Celle de la notice en vigueur", examples=["NOTICE_VERSION"]
    )
    declared: tuple[Line, ...] = Field(default=(), max_length=40)
    capacity: CapacityType = _CAPACITY
    assisted_by: Assistance | None = _ASSISTED_BY
    reading: ReadingType = _READING


class PeriodBody(BaseModel):
    """Depuis quand, et jusqu'à quand, un accord vaut. `lapsed_at` : depuis quand il ne couvre plus
    rien, parce que l'essai a changé, ou que la personne a limité l'usage de ses données
    (`restricted_at`). `place` : le code du lieu tiré au sort ; nul sans lieux."""

    record_id: str
    given_at: datetime
    withdrawn_at: datetime | None
    lapsed_at: datetime | None
    restricted_at: datetime | None
    notice_version: str
    capacity: CapacityType
    place: str | None
    reading: ReadingType


class AwaitedBody(BaseModel):
    """Ce qui attend une seconde signature : rien n'est compté d'ici là. `code` : celui que la
    personne donne à qui signe avec elle, ou pour elle."""

    capacity: CapacityType
    started_at: datetime
    notice_version: str
    code: str


class ParticipationBody(BaseModel):
    """Une personne dans un pilote. `personal_code` : ce par quoi, sans compte, elle s'y retrouve
    depuis un autre appareil ; donné une fois, à l'accord. `to_renew` : l'essai a changé, plus rien
    n'est compté avant un nouvel accord. `awaited` : une seconde signature est attendue."""

    pilot_id: str
    title: str
    stands: bool
    to_renew: bool
    periods: list[PeriodBody]
    personal_code: str | None = None
    awaited: AwaitedBody | None = None


class ParticipationsBody(BaseModel):
    """Toutes les siennes."""

    participations: list[ParticipationBody]


class ReceiptBody(BaseModel):
    """Le reçu d'un accord, et le même en JWS (RFC 7515)."""

    receipt: dict[str, Any]
    jws: str


class ReceiptCodeDraft(RequestBody):
    """Le code qui retrouve des reçus : le code personnel, ou celui de la page de l'accord."""

    code: Line = Field(examples=["7K3M9QXT2A4B6C8DEFGHJKMN"])


class RetainedReceiptsBody(BaseModel):
    """Les reçus d'une personne dans un pilote clos."""

    pilot_id: str
    title: str
    receipts: list[ReceiptBody]


class ErasedBody(BaseModel):
    """Dans combien de pilotes la personne était connue ; plus dans aucun."""

    pilots: int


def participation_body(
    pilot: Pilot, periods: Sequence[Consent], awaited: JointConsent | None
) -> ParticipationBody:
    """A person in a pilot. `awaited`: what awaits a second signature, if anything."""
    return ParticipationBody(
        pilot_id=pilot.id,
        title=pilot.title,
        stands=active_consent(periods) is not None,
        to_renew=bool(periods) and periods[-1].to_renew,
        periods=[period_body(each) for each in periods],
        awaited=None if awaited is None else awaited_body(awaited),
    )


def awaited_body(joint: JointConsent) -> AwaitedBody:
    """What awaits a second signature."""
    return AwaitedBody(
        capacity=joint.capacity,
        started_at=joint.started_at,
        notice_version=joint.notice_version,
        code=joint.code,
    )


def period_body(consent: Consent) -> PeriodBody:
    """A period of consent."""
    return PeriodBody(
        record_id=consent.record_id,
        given_at=consent.given_at,
        withdrawn_at=consent.withdrawn_at,
        lapsed_at=consent.lapsed_at,
        restricted_at=consent.restricted_at,
        notice_version=consent.notice_version,
        capacity=consent.capacity.who,
        place=consent.place,
        reading=consent.reading,
    )
