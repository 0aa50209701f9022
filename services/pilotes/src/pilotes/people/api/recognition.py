"""The person whose participations a request reads, exports or erases."""

from fastapi import Request

from pilotes.identity.api.device import person_of_request
from pilotes.identity.domain.person import Person
from pilotes.people.flows.participations import recognise
from pilotes.people.flows.people_desk import PeopleDesk


async def recognised_person(request: Request, desk: PeopleDesk) -> Person:
    """The person of a request, as `recognise` decides."""
    person = person_of_request(request)
    return await recognise(person, trials=desk.trials, consents=desk.consents)
