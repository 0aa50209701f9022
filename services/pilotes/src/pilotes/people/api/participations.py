"""Routes of participants: consent, read, withdraw, export, erase.

They allow the same actions as the pages, to programs that act for a participant: with their
account, or with the cookie of a participant without one.
"""

from collections.abc import Sequence
from typing import Any

from fastapi import Depends, Request, Response

from pilotes.http.api.cache_control import forbid_caching
from pilotes.identity.api.caller import caller
from pilotes.identity.api.device import (
    drop_participant_cookie,
    person_of_request,
    set_participant_cookie,
)
from pilotes.people.api.participation_models import (
    AgreementDraft,
    DeclarationBody,
    ErasedBody,
    OfferBody,
    OfferedPlaceBody,
    ParticipationBody,
    ParticipationsBody,
    PeriodBody,
    RenewalDraft,
)
from pilotes.people.domain.consent import Consent, active_consent
from pilotes.people.domain.eligibility import list_declarations
from pilotes.people.flows.enrol import EnrolmentRequest, enrol, get_open_trial
from pilotes.people.flows.participations import (
    erase_person,
    export_person,
    list_consent_records,
    list_participations,
)
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.people.flows.renew import RenewalRequest, renew
from pilotes.people.flows.withdraw import withdraw
from pilotes.record.api.parameters import PilotPath
from socle.http import Router


def participations_router(desk: PeopleDesk) -> Router:
    """The routes of participants."""
    router = Router(tags=["participants"], dependencies=[Depends(forbid_caching)])
    _add_offer(router, desk)
    _add_agreement(router, desk)
    _add_renewal(router, desk)
    _add_own(router, desk)
    _add_withdrawal(router, desk)
    _add_data(router, desk)
    return router


def _add_offer(router: Router, desk: PeopleDesk) -> None:
    @router.get(
        "/participations/offers/{code}", operation_id="get_offer", summary="Ce qu'ouvre un code"
    )
    async def offer(code: str) -> OfferBody:
        """Rien n'est utilisé : regarder n'est pas décider."""
        trial = await get_open_trial(code, codes=desk.codes, trials=desk.trials, clock=desk.clock)
        rules = trial.protocol.rules
        return OfferBody(
            pilot_id=trial.pilot.id,
            notice_version=trial.notice.version,
            eligibility=trial.protocol.eligibility,
            declarations=[
                DeclarationBody(name=each.name, sentence=each.sentence)
                for each in list_declarations(rules)
            ],
            account_required=rules.account_required,
            ends_at=trial.protocol.ends_at,
            place_question=trial.protocol.design.question,
            places=[
                OfferedPlaceBody(code=each.code, label=each.label)
                for each in trial.protocol.design.places
            ],
            notice=trial.notice.content(),
        )


def _add_agreement(router: Router, desk: PeopleDesk) -> None:
    @router.post(
        "/participations",
        operation_id="join_pilot",
        status_code=201,
        summary="Accepter de participer",
    )
    async def agree(
        request: Request, response: Response, written: AgreementDraft
    ) -> ParticipationBody:
        """Un code d'un autre pilote, déjà utilisé ou périmé est refusé, et rien n'est gardé. La
        même demande, refaite par la même personne, a la même réponse."""
        enrolled = await enrol(
            EnrolmentRequest(
                written.code,
                written.pilot_id,
                written.notice_version,
                frozenset(written.declared),
                written.place or "",
            ),
            person_of_request(request),
            caller(request).role,
            codes=desk.codes,
            trials=desk.trials,
            consents=desk.consents,
            clock=desk.clock,
            random_bytes=desk.random_bytes,
        )
        set_participant_cookie(response, enrolled.personal_code)
        pilot = enrolled.trial.pilot
        body = _participation(pilot.id, pilot.title, [enrolled.consent])
        return body.model_copy(update={"personal_code": enrolled.personal_code})


def _add_renewal(router: Router, desk: PeopleDesk) -> None:
    @router.post(
        "/participations/{pilot_id}/renewal",
        operation_id="renew_consent",
        status_code=201,
        summary="Accepter de nouveau",
    )
    async def agree_again(
        request: Request, pilot_id: PilotPath, written: RenewalDraft
    ) -> PeriodBody:
        """Quand l'essai a changé depuis l'accord. Sans code ; ce qui fut compté avant reste."""
        consent = await renew(
            RenewalRequest(pilot_id, written.notice_version, frozenset(written.declared)),
            person_of_request(request),
            caller(request).role,
            trials=desk.trials,
            consents=desk.consents,
            clock=desk.clock,
        )
        return _period(consent)


def _add_own(router: Router, desk: PeopleDesk) -> None:
    @router.get(
        "/participations", operation_id="list_my_participations", summary="Mes participations"
    )
    async def mine(request: Request) -> ParticipationsBody:
        """De son compte et de cet appareil, en cours et passées."""
        person = person_of_request(request)
        found = await list_participations(person, trials=desk.trials, consents=desk.consents)
        return ParticipationsBody(
            participations=[
                _participation(each.trial.pilot.id, each.trial.pilot.title, each.consents)
                for each in found
            ]
        )

    @router.get(
        "/participations/{pilot_id}/records",
        operation_id="list_consent_records",
        summary="La preuve de mon accord",
    )
    async def records(request: Request, pilot_id: PilotPath) -> list[dict[str, Any]]:
        """Un enregistrement de consentement ISO/IEC TS 27560 par période."""
        return await list_consent_records(
            person_of_request(request),
            pilot_id,
            trials=desk.trials,
            consents=desk.consents,
            notices=desk.notices,
            withdrawal=desk.my_participations_url,
        )


def _add_withdrawal(router: Router, desk: PeopleDesk) -> None:
    @router.delete(
        "/participations/{pilot_id}", operation_id="leave_pilot", summary="Arrêter de participer"
    )
    async def stop(request: Request, pilot_id: PilotPath) -> PeriodBody:
        """Sans raison à donner. Plus rien n'est compté une minute après, au plus ; ce qui l'a été
        sort des résultats."""
        ended = await withdraw(
            pilot_id,
            person_of_request(request),
            trials=desk.trials,
            consents=desk.consents,
            clock=desk.clock,
        )
        return _period(ended)


def _add_data(router: Router, desk: PeopleDesk) -> None:
    @router.get(
        "/personal-data", operation_id="get_personal_data", summary="Tout ce qui est gardé sur moi"
    )
    async def data(request: Request) -> dict[str, Any]:
        """RGPD, articles 15 et 20, sur tous les pilotes."""
        return await export_person(
            person_of_request(request),
            trials=desk.trials,
            consents=desk.consents,
            notices=desk.notices,
            reports=desk.reports,
            clock=desk.clock,
            withdrawal=desk.my_participations_url,
        )

    @router.delete("/personal-data", operation_id="erase_personal_data", summary="Tout effacer")
    async def erase(request: Request, response: Response) -> ErasedBody:
        """RGPD, article 17, dans tous les pilotes. C'est définitif."""
        person = person_of_request(request)
        pilots = await erase_person(
            person, trials=desk.trials, consents=desk.consents, reports=desk.reports
        )
        drop_participant_cookie(response)
        return ErasedBody(pilots=pilots)


def _participation(pilot_id: str, title: str, periods: Sequence[Consent]) -> ParticipationBody:
    return ParticipationBody(
        pilot_id=pilot_id,
        title=title,
        stands=active_consent(periods) is not None,
        to_renew=periods[-1].to_renew,
        periods=[_period(each) for each in periods],
    )


def _period(consent: Consent) -> PeriodBody:
    return PeriodBody(
        record_id=consent.record_id,
        given_at=consent.given_at,
        withdrawn_at=consent.withdrawn_at,
        lapsed_at=consent.lapsed_at,
        notice_version=consent.notice_version,
        place=consent.place,
    )
