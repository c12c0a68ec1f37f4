"""Messages of the wallet."""

from rtc_server.wire.types import Instant, Pence, View


class WalletLine(View):
    id: str
    at_ms: Instant
    kind: str  # top_up, hold, charge, void, share, release, fee
    label: str
    amount_pence: Pence  # signed, from the viewer's side
    state: str  # held, taken, returned, pending, available


class WalletView(View):
    available_pence: Pence
    held_pence: Pence  # clients: held for a session; therapists: pending for 24 hours
    lines: list[WalletLine]
