"""What a client's JSON calls a number reaches typed columns as what they take."""

from tests.rig.backends import Backend
from tests.rig.environment import run_python


def test_states_of_many_spellings_share_a_transaction(fresh_backend: Backend) -> None:
    run_python("-m", "tests.property.columns_script", environment=fresh_backend.environment())
