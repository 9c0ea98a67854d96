"""What every ASGI door shares: types, answers, the limit of bodies, the lifespan."""
