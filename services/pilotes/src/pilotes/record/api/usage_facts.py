"""GET /usage-facts: the facts that an indicator can count."""

from fastapi import Depends
from pydantic import BaseModel

from pilotes.http.api.cache_control import forbid_caching
from pilotes.record.domain.usage_facts import FACTS, UNSENT
from socle.http import Router


class FactBody(BaseModel):
    """A fact. `label`: what happened, in French. `sent`: whether a service sends it already."""

    fact: str
    label: str
    sent: bool


class FactsBody(BaseModel):
    """All facts, in alphabetical order."""

    facts: list[FactBody]


def usage_facts_router() -> Router:
    """The route of the facts."""
    router = Router(tags=["pilots"], dependencies=[Depends(forbid_caching)])

    @router.get(
        "/usage-facts", operation_id="list_usage_facts", summary="Ce qu'un indicateur peut compter"
    )
    async def facts() -> FactsBody:
        """Les faits d'usage, pour la source `use:` ou `return:` d'un indicateur. Aucun autre mot
        n'est compté."""
        return FactsBody(
            facts=[
                FactBody(fact=fact, label=label, sent=fact not in UNSENT)
                for fact, label in FACTS.items()
            ]
        )

    return router
