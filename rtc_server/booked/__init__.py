"""Booked sessions on the live path: the acts of both sides, what one step writes, the letters, the room."""
