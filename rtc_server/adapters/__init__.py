"""What stands between the live path and the world: Redis, key store, TURN. Adapters never encode the wire."""
