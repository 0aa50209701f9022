"""Participations in requests and responses."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from pilotes.http.api.text_fields import Line, Name, RequestBody


class DeclarationBody(BaseModel):
    """Une phrase que la personne doit pouvoir dire."""

    name: str = Field(examples=["age"])
    sentence: str = Field(examples=["J’ai au moins 18 ans."])


class OfferedPlaceBody(BaseModel):
    """Un lieu qu'une personne peut choisir."""

    code: str = Field(examples=["cabinet-nord"])
    label: str = Field(examples=["Cabinet Nord"])


class OfferBody(BaseModel):
    """Ce qu'ouvre un code. `notice` : tout ce qui est à lire avant de décider. `place_question` :
    vide, sauf si l'essai tire au sort des lieux ; la réponse est l'un des `places`."""

    pilot_id: str
    notice_version: str
    eligibility: str
    declarations: list[DeclarationBody]
    account_required: bool
    ends_at: datetime
    place_question: str
    places: list[OfferedPlaceBody]
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


class RenewalDraft(RequestBody):
    """Un nouvel accord, après quelle notice, en déclarant quoi."""

    notice_version: Line = Field(
        description="Celle de la notice en vigueur", examples=["NOTICE_VERSION"]
    )
    declared: tuple[Line, ...] = Field(default=(), max_length=40)


class PeriodBody(BaseModel):
    """Depuis quand, et jusqu'à quand, un accord vaut. `lapsed_at` : depuis quand il ne couvre plus
    rien, parce que l'essai a changé. `place` : le code du lieu tiré au sort ; nul sans lieux."""

    record_id: str
    given_at: datetime
    withdrawn_at: datetime | None
    lapsed_at: datetime | None
    notice_version: str
    place: str | None


class ParticipationBody(BaseModel):
    """Une personne dans un pilote. `personal_code` : ce par quoi, sans compte, elle s'y retrouve
    depuis un autre appareil ; donné une fois, à l'accord. `to_renew` : l'essai a changé, plus rien
    n'est compté avant un nouvel accord."""

    pilot_id: str
    title: str
    stands: bool
    to_renew: bool
    periods: list[PeriodBody]
    personal_code: str | None = None


class ParticipationsBody(BaseModel):
    """Toutes les siennes."""

    participations: list[ParticipationBody]


class ErasedBody(BaseModel):
    """Dans combien de pilotes la personne était connue ; plus dans aucun."""

    pilots: int
