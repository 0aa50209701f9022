"""The lock of a data folder."""

import os
from pathlib import Path

import pytest

from embedded.folder import lock_folder
from embedded.processes import StartError


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_folder_in_use_leaves_no_file_open(tmp_path: Path) -> None:
    lock = lock_folder(tmp_path)
    before = open_files()
    with pytest.raises(StartError, match="déjà utilisé"):
        lock_folder(tmp_path, timeout=0.0)
    assert open_files() == before
    os.close(lock)
    os.close(lock_folder(tmp_path, timeout=0.0))
