"""The bodies of an information notice."""

from typing import Annotated, Any

from pydantic import BaseModel, Field, StringConstraints

from pilotes.http.api.text_fields import Line, NonEmptyText, RequestBody
from pilotes.record.domain.notice import Notice, NoticeWording
from pilotes.record.domain.readings import Reading

_Version = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z][0-9A-Za-z.-]{0,31}$")]


class ReadingDraft(RequestBody):
    """Une autre lecture de la même notice : une phrase par ligne, des mots connus. `arms`, `data` :
    autant, et dans le même ordre, que les bras du protocole et les données de la fiche."""

    title: Line
    summary: NonEmptyText
    asked: NonEmptyText
    benefits: NonEmptyText
    risks: NonEmptyText
    arms: tuple[NonEmptyText, ...] = Field(max_length=40)
    data: tuple[NonEmptyText, ...] = Field(max_length=100)


class NoticeDraft(RequestBody):
    """Ce que la fiche du pilote ne dit pas déjà ; le reste de la notice en est repris."""

    version: _Version = Field(examples=["2026-02-20"])
    asked: NonEmptyText = Field(
        description="ce qui est demandé aux participants", examples=["Lire les alertes reçues."]
    )
    benefits: NonEmptyText = Field(
        description="ce qu’ils peuvent y gagner", examples=["Moins d’attente à l’arrêt."]
    )
    risks: NonEmptyText = Field(
        description="ce qu’ils risquent", examples=["Une alerte peut se tromper."]
    )
    storage: Line = Field(
        description="où les données sont gardées", examples=["en France, chez l’hébergeur"]
    )
    easy: ReadingDraft = Field(description="en français facile à lire et à comprendre (FALC)")
    english: ReadingDraft = Field(description="en anglais")


class NoticeBody(BaseModel):
    """Une version, telle qu'elle se lit. `sha256` : de tout ce qu'elle dit, dans
    toutes ses lectures."""

    version: str
    sha256: str
    content: dict[str, Any]


def notice_wording(written: NoticeDraft) -> NoticeWording:
    """What the team wrote."""
    texts = written.model_dump(exclude={"easy", "english"})
    return NoticeWording(
        **texts,
        easy=Reading(**written.easy.model_dump()),
        english=Reading(**written.english.model_dump()),
    )


def notice_body(notice: Notice) -> NoticeBody:
    """A published version."""
    return NoticeBody(version=notice.version, sha256=notice.digest, content=notice.content())
