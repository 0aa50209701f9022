"""The attack of `make attack` on the demo, at a small size: through the gateway."""

import asyncio
import subprocess
import sys

import pytest
from running_demo import REPOSITORY, Demo

from socle.testing import sized

pytestmark = [pytest.mark.e2e, pytest.mark.demo_campaign]


async def test_no_caller_of_the_demo_learns_of_a_closed_record(demo: Demo) -> None:
    options = (
        f"--url={demo.address}/fhir",
        f"--data={demo.data}",
        "--records=3",
        f"--share={sized(10, deep=1_000) / 1_000}",
    )
    done = await asyncio.to_thread(
        subprocess.run,
        (sys.executable, "-m", "tests.attack", *options),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
    assert " 0 findings" in done.stdout
