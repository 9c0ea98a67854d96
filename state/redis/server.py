"""Where level 2 lives: the Redis (or Valkey) of the settings, through django-redis."""

from django.conf import settings
from django_redis import get_redis_connection
from redis import Redis

from state.domain.cache_keys import namespace
from state.redis.entries import RedisStore
from state.redis.level_two import LevelTwo


def open_level_two() -> LevelTwo | None:
    """Level 2 on the configured Redis; None when there is none. Nothing is connected yet."""
    if not settings.REDIS_URL:
        return None
    return LevelTwo(_open_store, settings.LIGHTNING_L2_TTL_SECONDS)


def _open_store(epoch: str) -> RedisStore:
    prefix = namespace(settings.DATABASES["default"], epoch)
    return RedisStore(_connect, prefix, settings.LIGHTNING_L2_TTL_SECONDS)


def _connect() -> Redis:
    client: Redis = get_redis_connection("default")
    return client
