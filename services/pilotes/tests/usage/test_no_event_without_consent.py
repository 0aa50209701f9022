"""Whatever people and teams do and whatever fails: no figure contains an event without a consent
that stood when it happened, signed by everybody who has to sign, to the terms that were in force
then; every other event is counted once."""

import asyncio
from collections.abc import Sequence

import pytest
from consent_lives import PEOPLE, Step, begin_life
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from socle.postgres import open_pool
from socle.testing import sized

STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["enrol", "use", "use", "use", "expose", "withdraw", "replay", "replay", "erase",
             "crash-enrol", "crash-withdraw", "race", "amend", "renew", "renew", "pause",
             "race-amend", "enrol-unread", "begin-child", "begin-represented", "sign", "sign",
             "race-sign", "second-withdraw", "restrict", "race-restrict", "come-back"]
        ),
        st.integers(0, len(PEOPLE) - 1),
        st.integers(0, 120),
    ),
    min_size=10,
    max_size=40,
)  # fmt: skip


async def _live(url: str, steps: Sequence[Step]) -> None:
    async with open_pool(url, application_name="test", min_size=2, max_size=3) as pool:
        life = await begin_life(pool)
        await life.live(steps)
        event("counted" if await life.check() else "nothing counted")


@pytest.mark.deep
def test_no_figure_ever_holds_an_event_without_a_standing_consent(postgres_url: str) -> None:
    @settings(
        max_examples=sized(15, deep=150),
        deadline=None,
        database=None,
        phases=(Phase.generate,),  # a failure is reported at once: each life takes a database
        suppress_health_check=list(HealthCheck),
    )
    @given(STEPS)
    def live(steps: Sequence[Step]) -> None:
        asyncio.run(_live(postgres_url, steps))

    live()
