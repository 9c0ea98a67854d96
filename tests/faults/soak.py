"""How long a soak test runs: SOAK_SECONDS in the environment, ten minutes without it."""

import os

SOAK_SECONDS = float(os.environ.get("SOAK_SECONDS", "600"))
