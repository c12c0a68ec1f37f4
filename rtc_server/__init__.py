"""The live path: pool, room, signalling, recording, transcript, and the processes that run them."""
