"""The slimmer core beside the live path: people, wallet and (later) bookings. A library; it knows no sockets."""
