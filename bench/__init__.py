"""How fast hookline is, measured against a bare server and against the receiver that people write by hand: ``python -m bench``."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "tests"))  # processes are started as the tests start them
