"""If-Match and If-None-Match of writing interactions. https://hl7.org/fhir/R4/http.html#concurrency"""

from esante.core.api.fhir_request import FhirRequest
from esante.interactions.flows.update import Precondition
from socle.errors import Refusal


def read_precondition(request: FhirRequest, *, required: bool) -> Precondition:
    """The precondition in the headers of a request. `required`: whether If-Match is mandatory.

    Raises Refusal if a header is malformed; `Precondition.check` checks the rest.
    """
    none = request.headers.get(b"if-none-match")
    if none is not None and none.strip() != b"*":
        raise Refusal("invalid", "Pour écrire, If-None-Match n'est compris que valant « * ».")
    return Precondition(
        version=request.etag_version(b"if-match"), absent=none is not None, required=required
    )
