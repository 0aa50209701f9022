"""What a trial draws, in requests and responses."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from pilotes.http.api.text_fields import Line, Name, RequestBody
from pilotes.record.domain.designs import MOST_PLACES, Design, DesignType, Place


class PlaceBody(RequestBody):
    """A place of a design: a group of people who get the same arm."""

    code: Name = Field(examples=["cabinet-nord"])
    label: Line = Field(description="Son nom, pour les gens", examples=["Cabinet Nord"])


class DesignBody(RequestBody):
    """What is drawn in a trial."""

    kind: DesignType = Field(
        default="individual",
        description="individual : chaque personne est tirée au sort ; cluster : chaque lieu"
        " (cabinet, foyer, ligne), et toutes ses personnes reçoivent la même chose",
    )
    question: Line | Literal[""] = Field(
        default="", description="Demandée à l'inscription : « Quel est votre cabinet ? »"
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

    def design(self) -> Design:
        """The design for the flows."""
        places = tuple(Place(each.code, each.label) for each in self.places)
        return Design(self.kind, self.question, places, self.size_variation)


class PlaceContent(BaseModel):
    """A place of a design."""

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
