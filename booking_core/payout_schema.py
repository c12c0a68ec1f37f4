"""Tables of what comes into wallets from outside and what leaves them. Times are UTC milliseconds, money is pence.

`sealed` columns hold AES-256-GCM bytes: a top-up's under its client's key, all others under their therapist's.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
)

from booking_core.schema import metadata as metadata

top_up = Table(
    "top_up",
    metadata,
    Column("id", Text, primary_key=True),  # made by the page, so that a retry is the same top-up
    Column("client_id", Text, ForeignKey("person.id"), nullable=False),
    Column("amount_pence", BigInteger, nullable=False),
    Column("way", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("by_person_id", Text, ForeignKey("person.id")),  # the operator who credited it
    Column("reason_sealed", LargeBinary),  # why they did
    Column("provider_id", Text),  # the processor's name for the payment
    Column("created_at_ms", BigInteger, nullable=False),
    Column("changed_at_ms", BigInteger, nullable=False),
    CheckConstraint("way in ('card','credit')", name="top_up_way"),
    CheckConstraint("state in ('begun','paid','expired')", name="top_up_state"),
    CheckConstraint("amount_pence > 0", name="top_up_amount"),
    Index("top_up_client", "client_id", "created_at_ms"),
)

# The processor's reports that were heeded: each counts once, however often it comes.
payment_report = Table(
    "payment_report",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)

payout_details = Table(
    "payout_details",
    metadata,
    Column("therapist_id", Text, ForeignKey("person.id"), primary_key=True),
    Column("bank_sealed", LargeBinary),  # JSON {name, sort_code, account_number}
    Column("account_id", Text, unique=True),  # at the processor
    Column("is_account_ready", Boolean, nullable=False),
    Column("changed_at_ms", BigInteger, nullable=False),
)

payout_batch = Table(
    "payout_batch",
    metadata,
    Column("id", Text, primary_key=True),
    Column("rail", Text, nullable=False),
    Column("payouts", Integer, nullable=False),
    Column("total_pence", BigInteger, nullable=False),
    Column("by_person_id", Text, ForeignKey("person.id"), nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)

withdrawal = Table(
    "withdrawal",
    metadata,
    Column("id", Text, primary_key=True),
    Column("therapist_id", Text, ForeignKey("person.id"), nullable=False),
    Column("rail", Text, nullable=False),
    Column("amount_pence", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("version", Integer, nullable=False),
    Column("pay_on", Text),  # ISO date, in London
    Column("batch_id", Text, ForeignKey("payout_batch.id")),
    Column("bank_sealed", LargeBinary),  # where to, as it stood when it was requested
    Column("requested_at_ms", BigInteger, nullable=False),
    Column("changed_at_ms", BigInteger, nullable=False),
    CheckConstraint("state in ('requested','invoiced','scheduled','paid','failed')", name="withdrawal_state"),
    CheckConstraint("rail in ('invoice','processor')", name="withdrawal_rail"),
    CheckConstraint("amount_pence > 0", name="withdrawal_amount"),
    Index("withdrawal_therapist", "therapist_id", "requested_at_ms"),
    Index("withdrawal_by_state", "state", "pay_on"),
)

invoice = Table(
    "invoice",
    metadata,
    Column("id", Text, primary_key=True),
    Column("withdrawal_id", Text, ForeignKey("withdrawal.id"), nullable=False),
    Column("amount_pence", BigInteger, nullable=False),
    Column("number_sealed", LargeBinary, nullable=False),  # as the therapist numbers it; empty when it came by mail
    Column("content_type", Text),
    Column("file_sealed", LargeBinary),  # null: it came by mail
    Column("arrived_at_ms", BigInteger, nullable=False),
    Column("is_refused", Boolean, nullable=False, default=False),
    Index("invoice_withdrawal", "withdrawal_id", "arrived_at_ms"),
)

# What the processor is to be asked, written with the step that schedules it; one row is one key for the processor.
payout_order = Table(
    "payout_order",
    metadata,
    Column("withdrawal_id", Text, ForeignKey("withdrawal.id"), primary_key=True),
    Column("state", Text, nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    Column("due_at_ms", BigInteger, nullable=False),
    Column("first_tried_at_ms", BigInteger),
    Column("lease_until_ms", BigInteger, nullable=False, default=0),
    Column("provider_id", Text),
    CheckConstraint("state in ('queued','done','refused','stuck')", name="payout_order_state"),
    Index("payout_order_due", "state", "due_at_ms"),
)
