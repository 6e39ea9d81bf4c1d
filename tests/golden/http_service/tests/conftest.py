"""Lets the tests find the folder `instrumentation` beside this one, however pytest is called."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
