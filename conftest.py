"""Import the members by their real name before pytest names the tests after their folders.

In importlib mode `embedded/tests/test_x.py` becomes `embedded.tests.test_x`, and pytest would make
an empty `embedded` of the folder unless the package has been imported first.
"""

import contextlib
import importlib

for _member in ("socle", "embedded", "demo", "regionlab"):
    with contextlib.suppress(ModuleNotFoundError):
        importlib.import_module(_member)
