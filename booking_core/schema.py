"""Tables of the core. Times are UTC milliseconds, money is integer pence, ids are UUID text.

`sealed` columns hold AES-256-GCM bytes under the owner's key (`rtc_server.adapters.seal`); the core never opens them.
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
    MetaData,
    Table,
    Text,
)

metadata = MetaData()

person = Table(
    "person",
    metadata,
    Column("id", Text, primary_key=True),
    Column("role", Text, nullable=False),
    # HMAC of the lower-cased address, so that a person is found without the address standing in the clear.
    Column("email_hash", LargeBinary, nullable=False, unique=True),
    # JSON {email, first_name, last_name, phone, date_of_birth}
    Column("private_sealed", LargeBinary, nullable=False),
    Column("password_hash", Text, nullable=False),
    Column("is_disabled", Boolean, nullable=False, default=False),
    Column("own_therapist_id", Text, ForeignKey("person.id")),  # clients who came by a referral: whom it named
    Column("is_relay_only", Boolean, nullable=False, default=False),  # clients: calls go through a relay alone
    Column("created_at_ms", BigInteger, nullable=False),
    CheckConstraint("role in ('client','therapist','admin')", name="person_role"),
)

therapist = Table(
    "therapist",
    metadata,
    Column("person_id", Text, ForeignKey("person.id"), primary_key=True),
    Column("first_name", Text, nullable=False),  # public: it stands on the card
    Column("last_name", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("experience_years", Integer, nullable=False),
    Column("gender", Text, nullable=False),
    Column("languages", Text, nullable=False),  # space-separated ISO 639-1, e.g. "en fr"
    Column("areas", Text, nullable=False),  # space-separated
    Column("bio", Text, nullable=False),
    Column("photo", Text),  # URL path
    Column("is_approved", Boolean, nullable=False),
    Column("transcripts_on", Boolean, nullable=False),
    Column("share_percent", Integer, nullable=False),
    CheckConstraint("share_percent between 0 and 100", name="therapist_share"),
)

service = Table(
    "service",
    metadata,
    Column("id", Text, primary_key=True),  # 'quick'
    Column("name", Text, nullable=False),
    Column("price_pence", BigInteger, nullable=False),
    Column("length_minutes", Integer, nullable=False),
    CheckConstraint("price_pence >= 0", name="service_price"),
)

# Double entry: a transfer takes from one account and gives to another, so every transfer sums to zero by its shape.
# A trigger moves the two balances; triggers forbid update and delete (store/triggers).
account = Table(
    "account",
    metadata,
    Column("id", Text, primary_key=True),  # 'client:{id}:available', 'world', 'platform:fees', …
    Column("balance_pence", BigInteger, nullable=False, default=0),
    Column("is_floored", Boolean, nullable=False),  # only 'world' and payout accounts may go below zero
    CheckConstraint("balance_pence >= 0 OR NOT is_floored", name="account_floor"),
)

transfer = Table(
    "transfer",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),  # idempotency: 'hold:{session_id}', 'top_up:{id}', …
    Column("kind", Text, nullable=False),
    Column("from_account", Text, ForeignKey("account.id"), nullable=False),
    Column("to_account", Text, ForeignKey("account.id"), nullable=False),
    Column("amount_pence", BigInteger, nullable=False),
    Column("session_id", Text),
    Column("at_ms", BigInteger, nullable=False),
    CheckConstraint("from_account <> to_account", name="transfer_two_accounts"),
    CheckConstraint("amount_pence > 0", name="transfer_amount"),
    Index("transfer_from", "from_account"),
    Index("transfer_to", "to_account"),
    Index("transfer_session", "session_id"),
)

# Two-phase money: a hold is resolved once, by post or by void.
hold = Table(
    "hold",
    metadata,
    Column("session_id", Text, primary_key=True),
    Column("client_id", Text, ForeignKey("person.id"), nullable=False),
    Column("therapist_id", Text, ForeignKey("person.id"), nullable=False),
    Column("amount_pence", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("resolved_at_ms", BigInteger),
    CheckConstraint("state in ('held','posted','voided')", name="hold_state"),
    CheckConstraint("amount_pence >= 0", name="hold_amount"),
)
