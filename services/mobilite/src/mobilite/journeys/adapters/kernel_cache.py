"""Where the machine code of the kernels is cached."""

import hashlib
import os
from pathlib import Path

_CAPABILITIES = Path(__file__).parents[2]
_COMPILED = ("geo", "journeys", "streets")
"""The capabilities with compiled functions, or with constants in them."""


def cache_kernels(folder: Path) -> None:
    """Have Numba cache machine code below that folder, unless NUMBA_CACHE_DIR names another.

    To be called before Numba is imported. Each version of the sources has a folder of its own:
    Numba notices a change of the file of a function, but not of what is compiled into it from other
    files. A folder that cannot be written is no error: every start then compiles.
    """
    digest = hashlib.sha256()
    for capability in _COMPILED:
        for path in sorted((_CAPABILITIES / capability / "domain").rglob("*.py")):
            digest.update(path.read_bytes())
    os.environ.setdefault("NUMBA_CACHE_DIR", str(folder / digest.hexdigest()[:16]))
