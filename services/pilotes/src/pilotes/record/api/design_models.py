"""What a trial draws, in requests and responses."""

from datetime import UTC, datetime
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from pilotes.http.api.text_fields import Line, Name, RequestBody
from pilotes.record.domain.draws.designs import (
    MOST_PLACES,
    MOST_STRATA,
    Design,
    DesignType,
    Place,
    Stratum,
)
from pilotes.record.domain.draws.schedules import MOST_DATES

_EARLIEST: Final = datetime(2020, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(2100, 1, 1, tzinfo=UTC)


def _in_utc(at: datetime) -> datetime:
    """As the store gives it back: instants of one local zone would subtract without its changes."""
    return at.astimezone(UTC)


Instant = Annotated[AwareDatetime, Field(ge=_EARLIEST, lt=_LATEST), AfterValidator(_in_utc)]


class PlaceBody(RequestBody):
    """A place of a design: a group of people who get the same arm."""

    code: Name = Field(examples=["cabinet-nord"])
    label: Line = Field(description="Son nom, pour les gens", examples=["Cabinet Nord"])


class StratumBody(RequestBody):
    """An answer to the question of a draw in blocks."""

    code: Name = Field(examples=["moins-26"])
    label: Line = Field(description="La réponse, pour les gens", examples=["Moins de 26 ans"])


class DesignBody(RequestBody):
    """What is drawn in a trial."""

    kind: DesignType = Field(
        default="individual",
        description="individual : chaque personne est tirée au sort ; permuted_blocks : chaque"
        " personne aussi, par blocs, pour des groupes de la taille prévue, chez les gens qui"
        " donnent la même réponse (strata) s'il y a une question ; cluster : chaque lieu"
        " (cabinet, foyer, ligne), et toutes ses personnes reçoivent la même chose ;"
        " stepped_wedge : chaque lieu commence comme le témoin, et la date à laquelle il passe à"
        " l'autre bras est tirée au sort ; switchback : chaque lieu passe d'un bras à l'autre par"
        " blocs de jours, dans un ordre tiré au sort",
    )
    question: Line | Literal[""] = Field(
        default="",
        description="Demandée à l'inscription : « Quel est votre cabinet ? », ou avec strata « Quel"
        " âge avez-vous ? », dont la réponse est effacée dès le tirage ; inutile avec un seul lieu,"
        " le service entier",
    )
    places: tuple[PlaceBody, ...] = Field(
        default=(), max_length=MOST_PLACES, description="Les lieux tirés au sort, tous"
    )
    size_variation: float = Field(
        default=0.4,
        ge=0,
        le=10,
        allow_inf_nan=False,
        description="Écart-type du nombre de personnes d'un lieu, divisé par sa moyenne",
    )
    switches: tuple[Instant, ...] = Field(
        default=(),
        max_length=MOST_DATES,
        description="De stepped_wedge : les dates de bascule, de la première à la dernière. Chacune"
        " reçoit sa part des lieux, deux au moins. Une personne ne compte que si son observation"
        " tient entre deux dates",
        examples=[["2026-03-02T00:00:00+01:00", "2026-04-06T00:00:00+02:00"]],
    )
    washout_hours: int = Field(
        default=0,
        ge=0,
        le=24 * 365,
        description="De stepped_wedge et switchback : les heures après chaque bascule où personne"
        " ne commence à être observé, dans aucun lieu",
    )

    block_days: int = Field(
        default=0,
        ge=0,
        le=365,
        description="De switchback : les jours d'un bloc. Une personne ne compte que si son"
        " observation tient dans un bloc",
    )

    strata: tuple[StratumBody, ...] = Field(
        default=(),
        max_length=MOST_STRATA,
        description="De permuted_blocks : les réponses à la question, de 2 à 6, chacune avec assez"
        " de personnes prévues pour un bloc. Vide, sans question : un seul tirage pour tout le"
        " monde",
    )

    def design(self) -> Design:
        """The design for the flows."""
        places = tuple(Place(each.code, each.label) for each in self.places)
        return Design(
            self.kind,
            self.question,
            places,
            self.size_variation,
            self.switches,
            self.washout_hours,
            self.block_days,
            tuple(Stratum(each.code, each.label) for each in self.strata),
        )


class PlaceContent(BaseModel):
    """A place of a design."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    label: str


class StratumContent(BaseModel):
    """An answer to the question of a draw in blocks."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    label: str


class DesignContent(BaseModel):
    """What is drawn in a trial."""

    model_config = ConfigDict(from_attributes=True)

    kind: DesignType
    question: str
    places: tuple[PlaceContent, ...]
    size_variation: float
    switches: tuple[datetime, ...]
    washout_hours: int
    block_days: int
    strata: tuple[StratumContent, ...]
