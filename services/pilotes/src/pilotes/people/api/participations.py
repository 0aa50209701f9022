"""Routes of participants: consent, read, withdraw, export, erase.

They allow the same actions as the pages, to programs that act for a participant: with their
account, or with the cookie of a participant without one.
"""

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
    AwaitedBody,
    DeclarationBody,
    ErasedBody,
    OfferBody,
    OfferedPlaceBody,
    OfferedStratumBody,
    ParticipationBody,
    ParticipationsBody,
    PeriodBody,
    RenewalDraft,
    awaited_body,
    participation_body,
    period_body,
)
from pilotes.people.domain.capacity import offered_capacities
from pilotes.people.domain.consent import Consent
from pilotes.people.domain.eligibility import list_declarations
from pilotes.people.flows.enrol import EnrolmentRequest, enrol, get_open_trial
from pilotes.people.flows.participations import (
    list_consent_records,
    list_joint_participations,
    list_participations,
)
from pilotes.people.flows.people_desk import PeopleDesk
from pilotes.people.flows.personal_data import erase_person, export_person
from pilotes.people.flows.renew import RenewalRequest, renew
from pilotes.people.flows.restrict import restrict
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
    _add_restriction(router, desk)
    _add_data(router, desk)
    return router


def _add_offer(router: Router, desk: PeopleDesk) -> None:
    @router.get(
        "/participations/offers/{code}", operation_id="get_offer", summary="Ce qu'ouvre un code"
    )
    async def offer(code: str) -> OfferBody:
        """Rien n'est utilisé : regarder n'est pas décider."""
        trial = await get_open_trial(code, codes=desk.codes, trials=desk.trials, clock=desk.clock)
        rules, design = trial.protocol.rules, trial.protocol.design
        return OfferBody(
            pilot_id=trial.pilot.id,
            notice_version=trial.notice.version,
            eligibility=trial.protocol.eligibility,
            declarations=[
                DeclarationBody(name=each.name, sentence=each.sentence)
                for each in list_declarations(rules)
            ],
            capacities=list(offered_capacities(rules)),
            account_required=rules.account_required,
            ends_at=trial.protocol.ends_at,
            design_type=design.kind,
            place_question=design.question
            if design.has_place_choice and not trial.invited_place
            else "",
            places=[
                OfferedPlaceBody(code=each.code, label=each.label)
                for each in design.places
                if trial.invited_place in (None, each)
            ],
            draw_question=design.question if design.in_blocks else "",
            strata=[OfferedStratumBody(code=each.code, label=each.label) for each in design.strata],
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
                written.capacity,
                written.assisted_by,
                written.reading,
                written.stratum or "",
            ),
            person_of_request(request),
            caller(request).role,
            codes=desk.codes,
            trials=desk.trials,
            consents=desk.consents,
            joints=desk.joints,
            clock=desk.clock,
            random_bytes=desk.random_bytes,
        )
        set_participant_cookie(response, enrolled.personal_code)
        periods = [] if enrolled.consent is None else [enrolled.consent]
        body = participation_body(enrolled.trial.pilot, periods, enrolled.joint)
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
    ) -> PeriodBody | AwaitedBody:
        """Quand l'essai a changé depuis l'accord. Sans code ; ce qui fut compté avant reste."""
        given = await renew(
            RenewalRequest(
                pilot_id,
                written.notice_version,
                frozenset(written.declared),
                written.capacity,
                written.assisted_by,
                written.reading,
            ),
            person_of_request(request),
            caller(request).role,
            trials=desk.trials,
            consents=desk.consents,
            joints=desk.joints,
            clock=desk.clock,
        )
        return period_body(given) if isinstance(given, Consent) else awaited_body(given)


def _add_own(router: Router, desk: PeopleDesk) -> None:
    @router.get(
        "/participations", operation_id="list_my_participations", summary="Mes participations"
    )
    async def mine(request: Request) -> ParticipationsBody:
        """De son compte et de cet appareil, en cours et passées."""
        person = person_of_request(request)
        found = await list_participations(person, trials=desk.trials, consents=desk.consents)
        joint_consents = await list_joint_participations(
            person, trials=desk.trials, joints=desk.joints
        )
        awaited = {each.joint.who: each for each in joint_consents if each.joint.pending}
        bodies = []
        for each in found:
            joint = awaited.pop((each.trial.pilot.id, each.pseudonym), None)
            own = joint.joint if joint else None
            bodies.append(participation_body(each.trial.pilot, each.consents, own))
        bodies += [
            participation_body(each.trial.pilot, [], each.joint) for each in awaited.values()
        ]
        return ParticipationsBody(participations=bodies)

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
    async def stop(request: Request, pilot_id: PilotPath) -> PeriodBody | None:
        """Sans raison à donner. Plus rien n'est compté une minute après, au plus ; ce qui l'a été
        sort des résultats. `null` : une signature était attendue, et ne l'est plus."""
        person = person_of_request(request)
        ended = await withdraw(
            pilot_id,
            person,
            trials=desk.trials,
            consents=desk.consents,
            joints=desk.joints,
            clock=desk.clock,
        )
        await desk.renew_receipts(pilot_id, person)
        return None if ended is None else period_body(ended)


def _add_restriction(router: Router, desk: PeopleDesk) -> None:
    @router.post(
        "/participations/{pilot_id}/restriction",
        operation_id="restrict_participation",
        summary="Limiter l'usage de mes données",
    )
    async def limit(request: Request, pilot_id: PilotPath) -> PeriodBody:
        """RGPD, article 18. Ce qui a été compté est gardé et ne sert à aucun chiffre ; plus rien
        n'est compté avant un nouvel accord."""
        person = person_of_request(request)
        restricted = await restrict(
            pilot_id,
            person,
            trials=desk.trials,
            consents=desk.consents,
            clock=desk.clock,
        )
        await desk.renew_receipts(pilot_id, person)
        return period_body(restricted)


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
            joints=desk.joints,
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
            person,
            trials=desk.trials,
            consents=desk.consents,
            joints=desk.joints,
            receipts=desk.receipts,
            reports=desk.reports,
        )
        drop_participant_cookie(response)
        return ErasedBody(pilots=pilots)
