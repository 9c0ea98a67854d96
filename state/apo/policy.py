"""The strategies: what the settings of contract §8 are when the environment does not say.

Pure: the settings file reads its defaults here before Django is set up.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Preset:
    """The defaults of one strategy; sizes in MB, times in seconds, utilisation in percent."""

    max_concurrent_tasks: int = 20
    queue_factor: int = 50
    task_timeout_seconds: float = 30.0
    cache_size_mb: int = 512
    max_memory_mb: int = 2048
    l1_ttl_seconds: int = 300
    l2_ttl_seconds: int = 900
    max_instances: int = 5
    scale_up_percent: int = 70
    scale_down_percent: int = 30
    scale_cooldown_seconds: float = 60.0
    client_retries: int = 3


_BALANCED = Preset()

STRATEGIES: dict[str, Preset] = {
    # Room for bursts, and workers early: latency before cost.
    "HighPerformance": replace(
        _BALANCED,
        max_concurrent_tasks=64,
        cache_size_mb=1024,
        max_memory_mb=4096,
        l1_ttl_seconds=600,
        l2_ttl_seconds=1800,
        max_instances=16,
        scale_up_percent=60,
        scale_down_percent=20,
        scale_cooldown_seconds=30.0,
        client_retries=2,
    ),
    "Balanced": _BALANCED,
    # One small process; clients are asked to come again instead.
    "LowResource": replace(
        _BALANCED,
        max_concurrent_tasks=8,
        cache_size_mb=64,
        max_memory_mb=512,
        l1_ttl_seconds=120,
        l2_ttl_seconds=600,
        max_instances=1,
        client_retries=5,
    ),
    # Workers late and gone early; long lives in the shared cache spare the database.
    "CostOptimized": replace(
        _BALANCED,
        max_concurrent_tasks=12,
        cache_size_mb=256,
        max_memory_mb=1024,
        l2_ttl_seconds=3600,
        max_instances=2,
        scale_up_percent=85,
        scale_down_percent=40,
        scale_cooldown_seconds=120.0,
        client_retries=4,
    ),
}
