"""Fixtures of the pilots' tests. What they give is in the files beside this one."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
