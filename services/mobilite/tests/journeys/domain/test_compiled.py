"""Where machine code is cached, and that one compilation serves every network."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mobilite.journeys.domain.compiled import compiled
from mobilite.journeys.domain.fit_runs import fit_runs
from mobilite.journeys.domain.lanes import assign_lanes, index_by_stop
from mobilite.journeys.domain.leg_times import add_leg_times
from mobilite.journeys.domain.raptor.bounds import least_times
from mobilite.journeys.domain.raptor.departures import departures_between
from mobilite.journeys.domain.raptor.kernel import search
from mobilite.journeys.domain.warm_up import warm_up


def test_a_function_compiles_where_no_folder_can_be_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("numba.core.caching.CompileResultCacheImpl._locator_classes", [])

    @compiled
    def double(number: int) -> int:
        return 2 * number

    assert double(21) == 42


def test_machine_code_is_cached_in_the_configured_folder(tmp_path: Path) -> None:
    program = f"""
from pathlib import Path
from mobilite.journeys.adapters.kernel_cache import cache_kernels
cache_kernels(Path({str(tmp_path)!r}))
import numpy as np
from mobilite.journeys.domain.lanes import index_by_stop
index_by_stop(np.array([0, 1], np.int32), np.array([0], np.int32), 1)
"""
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    subprocess.run((sys.executable, "-c", program), check=True, env=environment)
    (index,) = tmp_path.rglob("*.nbi")
    assert index.name.startswith("lanes.index_by_stop")


def test_the_warm_up_compiles_every_kernel() -> None:
    warm_up()
    kernels = (search, least_times, departures_between, fit_runs)
    for kernel in (*kernels, assign_lanes, index_by_stop, add_leg_times):
        assert len(kernel.signatures) == 1, kernel
