"""Settings of contract §8: what a strategy presets, what the environment says, and bad values."""

import os
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lightning_client.core.policy import RETRIES_BY_STRATEGY

from lightning_site.env import ConfigurationError
from state.apo.policy import STRATEGIES
from tests.rig.environment import OURS, REPOSITORY

Read = Callable[..., dict[str, Any]]


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Read:
    """The settings file, read with this environment and nothing else of ours."""
    for name in list(os.environ):
        if name.startswith(OURS):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LIGHTNING_VAR_DIR", str(tmp_path))

    def read_with(**environment: str) -> dict[str, Any]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(REPOSITORY / "lightning_site" / "settings.py"))

    return read_with


# Tasks, queue, cache and memory in MB, lives in seconds, workers, up, down, cooldown.
PRESETS = {
    "HighPerformance": (64, 3200, 1024, 4096, 600, 1800, 16, 60, 20, 30),
    "Balanced": (20, 1000, 512, 2048, 300, 900, 5, 70, 30, 60),
    "LowResource": (8, 400, 64, 512, 120, 600, 1, 70, 30, 60),
    "CostOptimized": (12, 600, 256, 1024, 300, 3600, 2, 85, 40, 120),
}
NAMES = (
    "LIGHTNING_MAX_CONCURRENT_TASKS", "LIGHTNING_MAX_QUEUE", "LIGHTNING_CACHE_SIZE_MB",
    "LIGHTNING_MAX_MEMORY_MB", "LIGHTNING_L1_TTL_SECONDS", "LIGHTNING_L2_TTL_SECONDS",
    "LIGHTNING_MAX_INSTANCES", "LIGHTNING_SCALE_UP_PERCENT", "LIGHTNING_SCALE_DOWN_PERCENT",
    "LIGHTNING_SCALE_COOLDOWN_SECONDS",
)  # fmt: skip


@pytest.mark.parametrize("strategy", PRESETS)
def test_a_strategy_presets_its_settings(read: Read, strategy: str) -> None:
    settings = read(LIGHTNING_STRATEGY=strategy)
    assert tuple(settings[name] for name in NAMES) == PRESETS[strategy]


def test_balanced_is_the_default(read: Read) -> None:
    settings = read()
    assert tuple(settings[name] for name in NAMES) == PRESETS["Balanced"]
    assert settings["LIGHTNING_TASK_TIMEOUT_SECONDS"] == 30
    assert settings["LIGHTNING_MIN_INSTANCES"] == 1
    assert settings["LIGHTNING_AUTO_CACHE"] is True


def test_the_environment_wins_over_the_strategy(read: Read) -> None:
    settings = read(LIGHTNING_STRATEGY="LowResource", LIGHTNING_MAX_CONCURRENT_TASKS="3")
    assert settings["LIGHTNING_MAX_CONCURRENT_TASKS"] == 3
    assert settings["LIGHTNING_MAX_QUEUE"] == 150
    assert settings["LIGHTNING_CACHE_SIZE_MB"] == 64


def test_a_minimum_above_the_preset_raises_the_maximum(read: Read) -> None:
    settings = read(LIGHTNING_STRATEGY="LowResource", LIGHTNING_MIN_INSTANCES="3")
    assert settings["LIGHTNING_MAX_INSTANCES"] == 3


def test_the_clients_retries_are_those_of_the_strategies() -> None:
    server = {name: preset.client_retries for name, preset in STRATEGIES.items()}
    assert server == RETRIES_BY_STRATEGY
    assert list(RETRIES_BY_STRATEGY.values()) == [2, 3, 5, 4]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LIGHTNING_STRATEGY", "Fast"),
        ("LIGHTNING_STRATEGY", "balanced"),
        ("LIGHTNING_MAX_CONCURRENT_TASKS", "0"),
        ("LIGHTNING_MAX_CONCURRENT_TASKS", "many"),
        ("LIGHTNING_MAX_QUEUE", "-1"),
        ("LIGHTNING_TASK_TIMEOUT_SECONDS", "nan"),
        ("LIGHTNING_TASK_TIMEOUT_SECONDS", "0"),
        ("LIGHTNING_CACHE_SIZE_MB", "0.5"),
        ("LIGHTNING_MAX_MEMORY_MB", "1"),
        ("LIGHTNING_MIN_INSTANCES", "0"),
        ("LIGHTNING_MAX_INSTANCES", "0"),
        ("LIGHTNING_AUTO_CACHE", "maybe"),
        ("LIGHTNING_SCALE_UP_PERCENT", "101"),
        ("LIGHTNING_SCALE_DOWN_PERCENT", "71"),
        ("LIGHTNING_SCALE_COOLDOWN_SECONDS", "-1"),
        ("LIGHTNING_L1_TTL_SECONDS", "0"),
        ("LIGHTNING_L2_TTL_SECONDS", "soon"),
        ("LIGHTNING_SLOW_OPERATION_MS", "0"),
        ("LIGHTNING_CONFIDENCE_THRESHOLD", "1.1"),
        ("LIGHTNING_VERIFIED_THRESHOLD", "-0.1"),
        ("LIGHTNING_TRANSITIONS", "loose"),
        ("LIGHTNING_EVENT_RETENTION_DAYS", "-1"),
        ("LIGHTNING_FAST_LANE", "2"),
        ("LIGHTNING_ANONYMOUS_ROLE", "root"),
        ("LIGHTNING_MAX_CONNECTIONS", "3"),
        ("ALLOWED_HOSTS", "http://a"),
        ("CSRF_TRUSTED_ORIGINS", "x"),
        ("TRUSTED_PROXIES", "proxy"),
        ("DATABASE_URL", "mysql://h/d"),
        ("REDIS_URL", "redis://h:1/x"),
    ],
)
def test_a_bad_value_is_refused_in_a_sentence_that_names_the_setting(
    read: Read, name: str, value: str
) -> None:
    with pytest.raises(ConfigurationError, match=rf"^{name}\b.*\.$"):
        read(**{name: value})


def test_a_maximum_below_the_minimum_is_refused(read: Read) -> None:
    with pytest.raises(ConfigurationError, match="LIGHTNING_MAX_INSTANCES is 2"):
        read(LIGHTNING_MIN_INSTANCES="3", LIGHTNING_MAX_INSTANCES="2")
