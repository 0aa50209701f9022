"""The stored value sets and code systems that the bindings of a validation need.

https://hl7.org/fhir/R4/terminologies.html#binding
"""

from contextlib import suppress

from esante.terminology.flows.resolver import TerminologyResolver, TooManyResources
from esante.validation.domain.profiles.bound_codes import BoundCodes


async def load_codes(codes: BoundCodes, resolver: TerminologyResolver) -> bool:
    """Load the value sets by which codes were not decided; True if one of them is known now.

    With too many of them, the others stay undecided. Raises Refusal for one that includes itself
    or has too many codes.
    """
    undecided, codes.undecided = sorted(codes.undecided), set()
    with suppress(TooManyResources):
        for url in undecided:
            value_set = await resolver.value_set(url)
            if value_set is not None and resolver.size:
                codes.loaded[url] = await resolver.membership(value_set)
    return bool(codes.loaded)
