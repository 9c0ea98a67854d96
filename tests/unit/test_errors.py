"""§11: the tree of refusals, as the module draws it."""

import re

from state.domain import errors
from state.domain.errors import LightningError
from state.protocol.problems import STATUS_BY_CODE


def drawn() -> dict[str, str]:
    """The parent of each class, as the docstring has it; those behind ── are of who stands
    before it.
    """
    assert errors.__doc__ is not None
    _, tree, _ = errors.__doc__.split("\n\n", 2)
    parents: dict[str, str] = {}
    for line in tree.splitlines()[1:]:
        first, *behind = (re.findall(r"[A-Z]\w+", part) for part in line.split(" ── "))
        parents |= dict.fromkeys(first, "LightningError")
        parents |= {name: first[-1] for names in behind for name in names}
    return parents


def test_the_docstring_draws_the_real_tree() -> None:
    real = {
        name: one.__base__.__name__
        for name, one in vars(errors).items()
        if isinstance(one, type) and issubclass(one, LightningError) and one is not LightningError
    }
    assert drawn() == real


def test_every_refusal_has_a_code_of_its_own() -> None:
    def codes(base: type[LightningError]) -> list[str]:
        below = [code for one in base.__subclasses__() for code in codes(one)]
        return [base.code, *below] if base.__module__ == errors.__name__ else []

    found = codes(LightningError)
    assert len(found) == len(set(found))
    assert set(found) == set(STATUS_BY_CODE)
