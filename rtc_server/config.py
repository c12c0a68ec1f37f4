"""Every setting and every number of the product, once. Environment in, frozen `Settings` out.

Read once in `__main__`; modules get values, not Settings. `--help` and `docs/operations.md` list the same table.
Durations end in `_s` (seconds, may be fractional so that tests over processes can shorten them) or `_ms`.
"""

import os
import re
import zoneinfo
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from email.utils import parseaddr
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")
DEFAULT_PORTS = {"http": ":80", "https": ":443"}


class CannotStart(Exception):
    """A process cannot start; the message is one line for the operator and holds no secret."""


class BadSetting(CannotStart):
    """A setting that cannot be used; the message names it and says what is expected."""


def _setting(default: T, help_text: str, *, secret: bool = False) -> T:
    return field(default=default, repr=not secret, metadata={"help": help_text, "secret": secret})


@dataclass(frozen=True)
class Settings:
    """All settings; each is read from the environment variable of its own name in capitals."""

    app_env: str = _setting("development", "development, production or test")
    host: str = _setting("127.0.0.1", "address web listens on")
    port: int = _setting(8000, "port web listens on")
    admin_port: int = _setting(0, "port of /metrics and the API documents; 0: on PORT (never in production)")
    public_url: str = _setting("", "what browsers type, e.g. https://talk.example; empty: HOST and PORT")
    tls_file: str = _setting("", "PEM file with the key and certificate web speaks HTTPS with; empty: HTTP")
    data_dir: str = _setting("data", "database, keys and the embedded Valkey's files")
    database_url: str = _setting("", "postgresql+asyncpg://… or empty: SQLite in DATA_DIR", secret=True)
    key_database_url: str = _setting("", "key store; empty: keys.sqlite3 in DATA_DIR", secret=True)
    redis_url: str = _setting("", "Redis or Valkey; empty: the embedded one in DATA_DIR", secret=True)
    recorder_url: str = _setting("", "private address of the recorder; empty: http://127.0.0.1:RECORDER_PORT")
    recorder_port: int = _setting(8101, "private port the recorder listens on (loopback)")
    recorder_public_address: str = _setting("", "address written into the recorder's answers; empty: as gathered")
    secret_keys: str = _setting("", "key ring, newest first: 2:BASE64,1:BASE64 (32 bytes each)", secret=True)
    secret_keys_file: str = _setting("", "file holding SECRET_KEYS")
    trusted_proxies: str = _setting("", "comma-separated addresses whose X-Forwarded-For is believed")
    ice_servers: str = _setting("", "JSON list of RTCIceServer for the browsers; empty: none (direct only)")
    turn_secret: str = _setting(
        "", "coturn use-auth-secret; with ICE_SERVERS gives time-limited credentials", secret=True
    )
    twilio_account_sid: str = _setting("", "Twilio account; empty: texts are not sent, the operator reads them")
    twilio_auth_token: str = _setting("", "Twilio's token; also proves its delivery reports", secret=True)
    twilio_from: str = _setting("", "number (+44…) or messaging service (MG…) texts come from")
    twilio_api_base: str = _setting("", "where Twilio's API is; empty: https://api.twilio.com")
    smtp_url: str = _setting(
        "",
        "smtp://user:password@host:587 or smtps://…:465; empty: e-mail is not sent, the operator reads it",
        secret=True,
    )
    mail_from: str = _setting("", "address e-mail comes from, e.g. Quick Connect <no-reply@talk.example>")
    twilio_relay: str = _setting("auto", "Twilio's relays: auto (when ICE_SERVERS names none), on (beside those), off")
    practice_name: str = _setting("Quick Connect", "who stands on receipts, and who invoices are made out to")
    practice_address: str = _setting("", "its postal address, with commas")
    practice_email: str = _setting("", "where clients write about money")
    invoice_email: str = _setting("", "where therapists send invoices; empty: they upload them")
    stripe_secret_key: str = _setting("", "Stripe's key; empty: only operators add money to wallets", secret=True)
    stripe_webhook_secret: str = _setting("", "signs Stripe's reports to /payments/report", secret=True)
    stripe_api_base: str = _setting("", "where Stripe's API is; empty: https://api.stripe.com")
    neutral_url: str = _setting("", "page Leave quickly goes to; empty: our own neutral page")
    whisper_engine: str = _setting("ctranslate2", "ctranslate2, or openai-whisper (an extra; PyTorch, GPU)")
    whisper_model: str = _setting("auto", "name, path, or auto: what is installed or cached")
    log_level: str = _setting("INFO", "DEBUG, INFO, WARNING or ERROR")
    failpoint: str = _setting("", "APP_ENV=test only: name of the failpoint at which the process kills itself")

    # Request
    request_wait_s: float = _setting(900.0, "a waiting request nobody takes expires")
    request_answer_s: float = _setting(60.0, "the client has this long to say yes or no")
    request_join_s: float = _setting(30.0, "both must have joined after yes")
    client_absent_s: float = _setting(45.0, "a waiting client may be away this long")
    therapist_absent_s: float = _setting(15.0, "a therapist who accepted may be away this long")
    area_first_s: float = _setting(60.0, "only therapists of the area see a card this long")
    own_first_s: float = _setting(60.0, "only the therapist named by the client's referral sees a card this long")
    prompt_after_s: float = _setting(120.0, "a client who has waited this long is asked what they would like to do")
    callback_kept_s: float = _setting(1800.0, "a callback keeps the place; so does its text, from then on")
    callback_hold_s: float = _setting(300.0, "a free therapist is kept in mind for a client who was just called back")
    estimate_cached_s: float = _setting(5.0, "facts that an estimate of the wait is made of may be this old")
    estimate_lately_s: float = _setting(21600.0, "claims and sessions of this time are what an estimate rests on")
    fairness_flush_s: float = _setting(1.0, "who was shown, claimed and lost what is written down this often")
    queue_push_s: float = _setting(1.0, "a changed live queue is pushed to operators this often at most")
    time_zone: str = _setting("Europe/London", "where the operator's day begins")
    reservation_s: float = _setting(5.0, "a reservation in Redis frees itself")
    places_pushed: int = _setting(20, "places in line pushed at once")
    places_push_s: float = _setting(10.0, "the other places are pushed in one pass this often")
    pool_cards_max: int = _setting(50, "cards of the whole pool sent on connect")

    # Leases and absence
    lease_s: float = _setting(30.0, "a seat, duty or waiting lease lives this long without renewal")
    lease_renew_s: float = _setting(10.0, "the process that holds the socket renews its leases")
    duty_absent_s: float = _setting(15.0, "a therapist without a page stays on duty, so that a reload does")
    observe_s: float = _setting(1.0, "absence is looked at and due timers are swept this often")
    events_poll_s: float = _setting(2.0, "event rows are read this often in case a publish was lost")

    # Room
    session_length_s: float = _setting(3600.0, "length of a quick session")
    session_grace_s: float = _setting(900.0, "time after the length until the room ends by itself")
    room_empty_s: float = _setting(600.0, "a quick room nobody is in ends by itself")
    room_rejoin_hint_s: float = _setting(120.0, "nobody present this long: both see Rejoin; one alone may end")
    room_left_s: float = _setting(300.0, "client left by End session and the therapist is gone: the room ends")
    join_before_s: float = _setting(600.0, "the room of a booked session opens this long before its start")
    no_show_after_s: float = _setting(900.0, "a client who has not come this long after the start has missed it")
    outcome_wait_s: float = _setting(
        86400.0, "after a session by telephone or in person its therapist may say what it was; then it was held"
    )
    book_ahead_s: float = _setting(4838400.0, "times are offered this far ahead (eight weeks)")
    billable_min_s: float = _setting(120.0, "less presence of both than this voids the hold")

    check_s: float = _setting(300.0, "relay credentials of a device check last this long")
    relay_token_s: float = _setting(1.0, "Twilio is waited for this long for relay credentials")
    relay_pause_s: float = _setting(30.0, "after Twilio gave none it is left alone this long")

    # Recorder and transcript
    leg_gap_s: float = _setting(5.0, "no packets this long is a gap")
    leg_redial_s: float = _setting(20.0, "no packets this long: the page is asked to dial again")
    leg_grant_s: float = _setting(30.0, "a recorder grant is valid this long, once")
    consent_unreadable_s: float = _setting(2.0, "no readable consent this long closes the leg")
    recorder_commit_s: float = _setting(1.0, "the recorder commits all legs' rows together this often")
    segment_pack_s: float = _setting(23.0, "speech is packed to about this length before it is transcribed")
    segment_lease_s: float = _setting(60.0, "a worker's segment is leased this long at least")
    segment_tries_max: int = _setting(3, "tries of a segment before the transcript has failed")
    caption_span_s: float = _setting(2.5, "speech without a pause is cut after this for captions")
    caption_poll_s: float = _setting(0.3, "while somebody reads captions the worker looks for audio this often")
    caption_late_s: float = _setting(10.0, "a caption that would come this late is left out")
    call_log_page: int = _setting(25, "sessions on one page of the call log")
    search_sessions_max: int = _setting(300, "a search looks through this many of a therapist's newest sessions")
    search_s: float = _setting(4.0, "a search (of sessions or messages) that takes longer gives what it has found")
    worker_poll_s: float = _setting(1.0, "the worker looks for audio this often")

    # Retention: days after a session's end (notes: after they were last saved, if that is later)
    transcripts_kept_days: float = _setting(0.0, "transcripts are deleted after this many days; 0: kept")
    notes_kept_days: float = _setting(0.0, "therapists' notes are deleted after this many days; 0: kept")
    chat_kept_days: float = _setting(0.0, "chat is deleted after this many days; 0: kept")
    failed_sound_kept_days: float = _setting(7.0, "sound of a failed transcript is deleted after this many days")
    texts_kept_days: float = _setting(30.0, "texts that are over, and their numbers, are deleted after this many days")
    retention_s: float = _setting(3600.0, "the worker looks for what is to be deleted this often")

    # Texts
    outbox_poll_s: float = _setting(1.0, "the worker looks for texts to send this often")
    text_call_s: float = _setting(5.0, "a call to Twilio is given up after this")
    text_retries_s: str = _setting("2,8,30", "waits before the next tries of a text that was clearly not accepted")
    text_cap_s: float = _setting(300.0, "at most one 'waiting' text per therapist in this time")
    texts_per_client_hour: int = _setting(200, "'waiting' texts that one client's requests cause in an hour at most")
    text_waiting_late_s: float = _setting(900.0, "a 'waiting' text is not sent later than this")
    text_over_within_s: float = _setting(600.0, "who was texted this lately is told 'no longer waiting'")
    text_over_late_s: float = _setting(120.0, "'no longer waiting' is not sent later than this after the close")
    text_callback_s: float = _setting(1800.0, "'someone is free now' is not sent later than this")
    text_failures_max: int = _setting(5, "calls failing in a row before Twilio is left alone for a while")
    text_pause_s: float = _setting(30.0, "how long it is left alone")

    # Messages
    messages_page: int = _setting(50, "messages of a conversation that are loaded at once")
    inbox_max: int = _setting(200, "conversations shown and searched, the newest first")
    messages_searched_max: int = _setting(
        500, "a search looks through this many of each conversation's newest messages"
    )
    message_mail_s: float = _setting(180.0, "a message unread for this long is told by e-mail")
    messages_kept_days: float = _setting(0.0, "messages and their files are deleted after this many days; 0: kept")
    client_files_bytes_max: int = _setting(262_144_000, "what all files of one client's conversations may take")

    # E-mail
    mail_call_s: float = _setting(5.0, "each answer of the SMTP server is waited for this long")
    mail_retries_s: str = _setting("2,8,30", "waits before the next tries of an e-mail; the last one is repeated")
    mail_late_s: float = _setting(86400.0, "an e-mail that could not be sent for this long is dropped")
    reminders_s: str = _setting("86400,3600", "a booked session is reminded of this long before it, twice or as listed")
    mail_kept_days: float = _setting(30.0, "what became of an e-mail is forgotten after this many days; 0: kept")

    # Rehearsal
    web_url: str = _setting("", "where a worker's scripted clients reach web; empty: PORT of this machine")
    rehearsals_max: int = _setting(2, "test sessions at once per machine with a worker")
    rehearsal_s: float = _setting(900.0, "a test session ends")
    rehearsal_wait_s: float = _setting(120.0, "a test session that its therapist does not accept ends")
    rehearsal_claim_s: float = _setting(3.0, "a test session no worker takes on is answered: busy")
    rehearsal_lease_s: float = _setting(15.0, "a worker's test session lives this long without renewal")

    # Money
    pending_hold_s: float = _setting(86400.0, "therapist's pending share becomes available")
    top_up_min_pence: int = _setting(500, "least a client adds to their wallet by card at once")
    top_up_max_pence: int = _setting(50_000, "most that is added to a wallet at once, by card or by an operator")
    payment_call_s: float = _setting(10.0, "a call to Stripe is given up after this")
    payout_poll_s: float = _setting(5.0, "the worker looks for payouts to ask Stripe for this often")
    payout_retry_s: float = _setting(300.0, "a payout that Stripe did not clearly answer is asked for again")
    payout_give_up_s: float = _setting(72000.0, "then it is stuck; Stripe knows a key for a day, so stay under that")

    # Edges
    socket_ping_s: float = _setting(10.0, "socket ping interval and timeout")
    redis_connect_s: float = _setting(0.5, "Redis connect timeout")
    redis_command_s: float = _setting(1.0, "Redis command timeout")
    sqlite_busy_s: float = _setting(5.0, "how long a writer waits for its turn at the database")
    drain_s: float = _setting(30.0, "SIGTERM to exit")
    header_s: float = _setting(10.0, "an incomplete HTTP header is closed")
    body_s: float = _setting(30.0, "a stalled HTTP body is closed")
    socket_backlog_bytes_max: int = _setting(1_048_576, "a socket for which more waits unread is cut off")
    message_bytes_max: int = _setting(65536, "largest message, either way")
    sign_in_tries: int = _setting(5, "wrong passwords before backoff")
    sign_in_backoff_s: float = _setting(30.0, "first backoff; doubles to one hour")
    sign_in_idle_s: float = _setting(1800.0, "a sign-in unused this long ends (never cuts a live call)")
    sign_in_max_s: float = _setting(43200.0, "a sign-in ends")
    code_s: float = _setting(1800.0, "a code sent by mail holds this long")
    codes_per_hour: int = _setting(6, "codes an hour to one address")
    invitation_s: float = _setting(1_209_600.0, "a therapist's invitation to a client holds this long")
    invitations_per_hour: int = _setting(20, "invitations an hour from one therapist")
    desk_mail_s: float = _setting(300.0, "what comes to operators within so long is told of in one mail")
    account_tries_per_hour: int = _setting(60, "sign-ups, resets and codes an hour from one address")
    account_answer_s: float = _setting(0.6, "answers that must not tell whether an account exists take this long")
    client_age_min: int = _setting(13, "younger than this cannot sign up")
    share_percent: int = _setting(70, "of a session's price, what a new therapist is paid")
    file_bytes_max: int = _setting(10_485_760, "largest file")
    file_s: float = _setting(120.0, "a file that takes longer to arrive is given up")
    sockets_per_minute: int = _setting(60, "sockets opened a minute per person")
    sockets_per_minute_address: int = _setting(600, "sockets opened a minute per address")
    messages_per_minute: int = _setting(300, "socket messages a minute per person")
    messages_burst: int = _setting(60, "burst of socket messages")
    candidates_per_link: int = _setting(64, "candidates per link and page")
    descriptions_per_link: int = _setting(10, "descriptions per link and page")
    idempotency_s: float = _setting(86400.0, "an idempotency key is remembered")

    @property
    def data_path(self) -> Path:
        return Path(self.data_dir).absolute()

    @property
    def is_production(self) -> bool:
        return self.app_env == "production"

    @property
    def text_retries(self) -> tuple[float, ...]:
        return tuple(float(wait) for wait in self.text_retries_s.split(","))

    @property
    def reminders(self) -> tuple[float, ...]:
        return tuple(float(before) for before in self.reminders_s.split(",") if before)

    @property
    def mail_retries(self) -> tuple[float, ...]:
        return tuple(float(wait) for wait in self.mail_retries_s.split(","))

    def resolved_public_url(self) -> str:
        scheme = "https" if self.tls_file else "http"
        return without_default_port((self.public_url or f"{scheme}://{self.host}:{self.port}").rstrip("/"))

    def resolved_database_url(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{self.data_path / 'quick-connect.sqlite3'}"

    def resolved_key_database_url(self) -> str:
        return self.key_database_url or f"sqlite+aiosqlite:///{self.data_path / 'keys.sqlite3'}"

    def resolved_recorder_url(self) -> str:
        return (self.recorder_url or f"http://127.0.0.1:{self.recorder_port}").rstrip("/")

    def resolved_web_url(self) -> str:
        scheme = "https" if self.tls_file else "http"
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return (self.web_url or f"{scheme}://{host}:{self.port}").rstrip("/")


def without_default_port(url: str) -> str:
    """As browsers write it in `Origin` (RFC 6454, section 6.2): `https://talk.example:443` is `https://talk.example`."""
    scheme, colon, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{colon}{host.removesuffix(DEFAULT_PORTS.get(scheme.lower(), ''))}{slash}{path}"


def load(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read settings from the environment. Raises BadSetting naming the first that cannot be used."""
    values: dict[str, Any] = {}
    for setting in fields(Settings):
        text = environ.get(setting.name.upper(), "")
        if text != "":
            values[setting.name] = _parse(setting, text)
    settings = Settings(**values)
    _validate(settings)
    return settings


def _parse(setting: Field[Any], text: str) -> Any:
    default: Any = setting.default
    kind = type(default)
    try:
        return kind(text)
    except ValueError as error:
        raise BadSetting(f"{setting.name.upper()}={text!r} is not {kind.__name__}") from error


def _validate(settings: Settings) -> None:
    if settings.app_env not in ("development", "production", "test"):
        raise BadSetting("APP_ENV must be development, production or test")
    if settings.log_level not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise BadSetting("LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR")
    if settings.whisper_engine not in ("ctranslate2", "openai-whisper"):
        raise BadSetting("WHISPER_ENGINE must be ctranslate2 or openai-whisper")
    if settings.failpoint and settings.app_env != "test":
        raise BadSetting("FAILPOINT is only for APP_ENV=test")
    if settings.twilio_account_sid and not (settings.twilio_auth_token and settings.twilio_from):
        raise BadSetting("TWILIO_ACCOUNT_SID needs TWILIO_AUTH_TOKEN and TWILIO_FROM beside it")
    if bool(settings.stripe_secret_key) != bool(settings.stripe_webhook_secret):
        raise BadSetting("STRIPE_SECRET_KEY and STRIPE_WEBHOOK_SECRET go together")
    _validate_mail(settings)
    if settings.twilio_relay not in ("auto", "on", "off"):
        raise BadSetting("TWILIO_RELAY must be auto, on or off")
    for name in ("text_retries", "mail_retries", "reminders"):
        try:
            is_waits = all(wait >= 0 for wait in getattr(settings, name))
        except ValueError:
            is_waits = False
        if not is_waits:
            raise BadSetting(f"{name.upper()}_S must be seconds with commas, e.g. 2,8,30")
    try:
        zoneinfo.ZoneInfo(settings.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError) as error:
        raise BadSetting("TIME_ZONE must be a name of the time zone database, e.g. Europe/London") from error
    if settings.is_production:
        if not (settings.secret_keys or settings.secret_keys_file):
            raise BadSetting("production needs SECRET_KEYS or SECRET_KEYS_FILE")
        if not settings.resolved_public_url().startswith("https://"):
            raise BadSetting("production needs an https:// PUBLIC_URL")
    for setting in fields(Settings):
        value = getattr(settings, setting.name)
        if isinstance(value, int | float) and value < 0:
            raise BadSetting(f"{setting.name.upper()} must not be negative")


def _validate_mail(settings: Settings) -> None:
    if not settings.smtp_url:
        return
    parts = urlsplit(settings.smtp_url)
    try:
        is_server = parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_server = False
    if not is_server:
        raise BadSetting("SMTP_URL must be smtp://user:password@host:port or smtps://…")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(settings.mail_from)[1]):
        raise BadSetting("SMTP_URL needs MAIL_FROM beside it, the address e-mail comes from")


def table() -> list[tuple[str, str, str]]:
    """Name, default and meaning of every setting, for `--help` and docs/operations.md."""
    rows = []
    for setting in fields(Settings):
        assert setting.default is not MISSING
        rows.append((setting.name.upper(), str(setting.default), setting.metadata["help"]))
    return rows
