"""Each question that a lower app asks of a higher one has an answer (portal/apps.py)."""

import pytest

from accounts.domain.registry import Registry
from portal.checks import registries_are_filled


def test_each_registry_is_filled():
    assert registries_are_filled() == [] and len(Registry.every) >= 7


@pytest.mark.parametrize("registry", Registry.every, ids=lambda registry: registry.name)
def test_an_empty_registry_fails_the_check(registry: Registry, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(registry, "answers", ())
    (error,) = registries_are_filled()
    assert error.is_serious() and registry.name in error.msg
