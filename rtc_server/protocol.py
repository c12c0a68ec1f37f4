"""The wire, declared once: which socket event and which HTTP route carries which message, and who may send it.

The messages themselves stand in `wire/`, one file per noun. TypeScript types, OpenAPI, the event catalogue and doc
tables are generated from both (`protocol_export.py`). Unknown fields are refused and limits stand in the types. Who
is speaking comes from the connection, never from a body. Times are UTC milliseconds since the epoch, money is integer
pence, ids are UUID text.
"""

from typing import NamedTuple

from rtc_server.wire.accounts import (
    AccountTerms,
    EmailChange,
    Forgot,
    MailedCode,
    PasswordChange,
    PasswordReset,
    Present,
    RecoveryCodes,
    SecondStepCode,
    SecondStepSeed,
    SecondStepView,
    SignIns,
    SignUp,
)
from rtc_server.wire.bookings import (
    BookingCancel,
    BookingDecline,
    BookingForm,
    BookingJoin,
    BookingMake,
    BookingMove,
    BookingQuote,
    BookingsChanged,
    BookingsView,
    BookingView,
    FreeAsk,
    FreeView,
    JoinedView,
    QuoteView,
    Suggestions,
    TherapistFind,
    TherapistServices,
)
from rtc_server.wire.books import BooksView
from rtc_server.wire.calendar import CalendarSet, HourSet, RuleAdd, RulePreview, RuleSet, WeekAsk, WeekView
from rtc_server.wire.feedback import FeedbackAverages, FeedbackGive, FeedbackList, OwnFeedback
from rtc_server.wire.messages import (
    ConversationsView,
    ConversationView,
    FileView,
    MessageHits,
    MessageSearch,
    MessageSend,
    MessagesFind,
    MessagesRead,
    MessagesView,
    MessageView,
)
from rtc_server.wire.notices import NoticeChoice, NoticesView
from rtc_server.wire.outbox import OutboxView
from rtc_server.wire.payouts import (
    CreditAdd,
    CreditsView,
    CreditView,
    InvoiceArrived,
    InvoiceRefuse,
    PayoutConfirm,
    PayoutConfirmed,
    PayoutFail,
    PayoutsView,
)
from rtc_server.wire.people import (
    AccountChange,
    AccountView,
    HomeView,
    Me,
    RelayChoice,
    SignIn,
    TermsView,
    TextsChoice,
    TherapistCard,
)
from rtc_server.wire.pool import (
    CardView,
    CurrentRequest,
    DutySet,
    DutyView,
    PoolView,
    RequestAgree,
    RequestCallback,
    RequestPlace,
    RequestRef,
    RequestView,
    RequestWiden,
)
from rtc_server.wire.practice import (
    AgreementMake,
    Agreements,
    ApplicationDecide,
    ApplicationDetail,
    Applications,
    ApplicationSend,
    ApplicationView,
    AuditFind,
    AuditProof,
    AuditView,
    CardChange,
    Invite,
    PersonFind,
    PersonView,
    ReferralEnd,
    ReferralMake,
    Referrals,
    StandingChange,
)
from rtc_server.wire.quality import CheckView, QualityView, RoomQuality
from rtc_server.wire.queue import QueueRemove, QueueView, RequestHistory
from rtc_server.wire.rehearsal import CurrentRehearsal, RehearsalRef, RehearsalView
from rtc_server.wire.room import (
    CaptionView,
    ChatLine,
    ChatLines,
    ChatSend,
    ChatSince,
    NotesSave,
    NotesView,
    RoomAway,
    RoomCamera,
    RoomCaptions,
    RoomEnd,
    RoomJoined,
    RoomMute,
    RoomRebuild,
    RoomRef,
    RoomSignal,
    RoomTranscript,
    RoomView,
    RoomWarmed,
    SessionRef,
    SignalView,
)
from rtc_server.wire.sessions import (
    CallLogFind,
    CallLogSearch,
    CallLogView,
    NotesChange,
    NotesVersions,
    PassageMark,
    ReceiptView,
    Revisions,
    SearchView,
    SessionView,
    Utterance,
    WordsCorrect,
)
from rtc_server.wire.types import Body, Empty, Role, View
from rtc_server.wire.users import (
    AllowanceFind,
    AllowanceGrant,
    BookingSchedule,
    ClientAllowances,
    PackageGrant,
    ServiceSave,
    ServicesView,
    UsersView,
    UserView,
)
from rtc_server.wire.wallet import (
    BankDetails,
    ConnectPage,
    InvoiceUpload,
    TopUpBegin,
    TopUpPage,
    TopUpView,
    WalletView,
    WithdrawalAsk,
    WithdrawalMove,
    WithdrawalView,
)

# Tables: the only list of events and routes. `ANYONE` needs no sign-in.

ANYONE: frozenset[Role] = frozenset()
CLIENT = frozenset({Role.CLIENT})
THERAPIST = frozenset({Role.THERAPIST})
PAIR = CLIENT | THERAPIST
EVERYONE = frozenset(Role)
ADMIN = frozenset({Role.ADMIN})


class ClientEvent(NamedTuple):
    body: type[Body]
    value: type[View] | None
    roles: frozenset[Role]


CLIENT_EVENTS: dict[str, ClientEvent] = {
    "duty:set": ClientEvent(DutySet, DutyView, THERAPIST),
    "duty:get": ClientEvent(Empty, DutyView, THERAPIST),
    "pool:get": ClientEvent(Empty, PoolView, THERAPIST),
    "request:current": ClientEvent(Empty, CurrentRequest, PAIR),
    "request:place": ClientEvent(RequestPlace, RequestView, CLIENT),
    "request:cancel": ClientEvent(RequestRef, RequestView, CLIENT),
    "request:widen": ClientEvent(RequestWiden, RequestView, CLIENT),
    "request:callback": ClientEvent(RequestCallback, RequestView, CLIENT),
    "request:accept": ClientEvent(RequestRef, RequestView, THERAPIST),
    "request:withdraw": ClientEvent(RequestRef, None, THERAPIST),
    "request:decline": ClientEvent(RequestRef, RequestView, CLIENT),
    "request:agree": ClientEvent(RequestAgree, RequestView, CLIENT),
    "queue:get": ClientEvent(Empty, QueueView, ADMIN),
    "queue:remove": ClientEvent(QueueRemove, QueueView, ADMIN),
    "queue:history": ClientEvent(RequestRef, RequestHistory, ADMIN),
    "rehearsal:start": ClientEvent(RehearsalRef, RehearsalView, THERAPIST),
    "rehearsal:stop": ClientEvent(RehearsalRef, RehearsalView, THERAPIST),
    "rehearsal:get": ClientEvent(Empty, CurrentRehearsal, THERAPIST),
    "room:warm": ClientEvent(RoomRef, RoomWarmed, PAIR),
    "room:join": ClientEvent(RoomRef, RoomJoined, PAIR),
    "room:signal": ClientEvent(RoomSignal, None, PAIR),
    "room:rebuild": ClientEvent(RoomRebuild, RoomView, PAIR),
    "room:mute": ClientEvent(RoomMute, RoomView, PAIR),
    "room:camera": ClientEvent(RoomCamera, RoomView, PAIR),
    "room:captions": ClientEvent(RoomCaptions, RoomView, PAIR),
    "room:away": ClientEvent(RoomAway, RoomView, CLIENT),
    "room:ask_mute": ClientEvent(SessionRef, None, PAIR),
    "room:transcript": ClientEvent(RoomTranscript, RoomView, PAIR),
    "room:forget": ClientEvent(SessionRef, None, CLIENT),
    "room:leave": ClientEvent(RoomEnd, None, CLIENT),
    "room:end": ClientEvent(RoomEnd, None, THERAPIST),
    "room:quality": ClientEvent(RoomQuality, None, PAIR),
    "chat:send": ClientEvent(ChatSend, ChatLine, PAIR),
    "chat:since": ClientEvent(ChatSince, ChatLines, PAIR),
    "notes:save": ClientEvent(NotesSave, NotesView, THERAPIST),
}

SERVER_EVENTS: dict[str, type[View]] = {
    "duty:changed": DutyView,
    "pool:changed": PoolView,
    "card:changed": CardView,
    "request:changed": RequestView,
    "queue:changed": QueueView,
    "room:changed": RoomView,
    "room:signalled": SignalView,
    "room:captioned": CaptionView,
    "chat:added": ChatLine,
    "notes:changed": NotesView,
    "rehearsal:changed": RehearsalView,
    "conversation:changed": ConversationView,
    "bookings:changed": BookingsChanged,
}


FILE = "application/octet-stream"


class Route(NamedTuple):
    method: str
    path: str
    body: type[Body] | None
    value: type[View] | None
    roles: frozenset[Role]
    summary: str
    sent: str = "application/json"  # FILE: the bytes of one file, its name in X-File-Name


BOOKING_ROUTES: tuple[Route, ...] = (
    Route("POST", "/api/availability/week", WeekAsk, WeekView, THERAPIST, "One week as it comes out, and its rules"),
    Route("POST", "/api/availability/preview", RuleAdd, RulePreview, THERAPIST, "What a rule would come to"),
    Route("POST", "/api/availability/rules", RuleAdd, None, THERAPIST, "Add open hours"),
    Route("PUT", "/api/availability/rules/{id}", RuleSet, None, THERAPIST, "Take a rule away, or put it back"),
    Route("PUT", "/api/availability/hours", HourSet, None, THERAPIST, "Close one open hour, or open it again"),
    Route("PUT", "/api/availability", CalendarSet, None, THERAPIST, "Time zone, and the buffer after bookings"),
    Route("GET", "/api/booking-form", None, BookingForm, CLIENT, "Areas with their questions, and what is left"),
    Route("POST", "/api/therapists/find", TherapistFind, Suggestions, CLIENT, "Who fits, and why"),
    Route("GET", "/api/therapists/{id}/services", None, TherapistServices, CLIENT, "What may be booked with them"),
    Route("POST", "/api/therapists/{id}/free", FreeAsk, FreeView, PAIR, "When a session may begin"),
    Route("POST", "/api/bookings/quote", BookingQuote, QuoteView, CLIENT, "What a booking would cost"),
    Route("GET", "/api/bookings", None, BookingsView, PAIR, "One's own bookings, and what is left"),
    Route("POST", "/api/bookings", BookingMake, BookingView, CLIENT, "Book"),
    Route("GET", "/api/bookings/{id}", None, BookingView, PAIR, "One booking"),
    Route("GET", "/api/bookings/{id}/session.ics", None, None, PAIR, "One booking as a calendar file"),
    Route("POST", "/api/bookings/{id}/move", BookingMove, BookingView, PAIR, "To another time"),
    Route("POST", "/api/bookings/{id}/cancel", BookingCancel, BookingView, PAIR, "Cancel"),
    Route("POST", "/api/bookings/{id}/confirm", None, BookingView, THERAPIST, "Confirm a requested booking"),
    Route("POST", "/api/bookings/{id}/decline", BookingDecline, BookingView, THERAPIST, "Decline a requested booking"),
    Route("POST", "/api/bookings/{id}/join", BookingJoin, JoinedView, PAIR, "Go to the room of a booked session"),
    Route("GET", "/api/users", None, UsersView, THERAPIST, "Everyone the therapist has seen"),
    Route("GET", "/api/users/{id}", None, UserView, THERAPIST, "One of them: bookings and packages"),
    Route("POST", "/api/users/{id}/bookings", BookingSchedule, BookingView, THERAPIST, "Book for a client"),
    Route("POST", "/api/users/{id}/packages", PackageGrant, UserView, THERAPIST, "Assign a package of sessions"),
    Route("GET", "/api/services", None, ServicesView, THERAPIST | ADMIN, "One's own services, or the practice's"),
    Route("PUT", "/api/services", ServiceSave, ServicesView, THERAPIST | ADMIN, "Add or change a service"),
    Route("POST", "/api/allowances/find", AllowanceFind, ClientAllowances, ADMIN, "A client's allowances"),
    Route("POST", "/api/allowances", AllowanceGrant, ClientAllowances, ADMIN, "Grant an allowance"),
    Route("DELETE", "/api/allowances/{id}", None, None, ADMIN, "End an allowance"),
)

ROUTES: tuple[Route, ...] = (
    Route("POST", "/api/sign-in", SignIn, Me, ANYONE, "Sign in; sets the cookie"),
    Route("POST", "/api/sign-out", None, None, EVERYONE, "Sign out; closes this sign-in's sockets"),
    Route("GET", "/api/me", None, Me, EVERYONE, "Who is signed in"),
    Route("GET", "/api/account-terms", None, AccountTerms, ANYONE, "What is agreed to at sign-up"),
    Route("POST", "/api/sign-up", SignUp, None, ANYONE, "Ask for a code by mail; says nothing about the address"),
    Route("POST", "/api/sign-up/confirm", MailedCode, Me, ANYONE, "Make the account; sets the cookie"),
    Route("POST", "/api/password/forgot", Forgot, None, ANYONE, "Ask for a code by mail, if there is an account"),
    Route("POST", "/api/password/reset", PasswordReset, None, ANYONE, "A new password; every sign-in ends"),
    Route("POST", "/api/account/password", PasswordChange, None, EVERYONE, "Change it; every other sign-in ends"),
    Route("POST", "/api/account/email", EmailChange, None, EVERYONE, "Ask for a code at the new address"),
    Route("POST", "/api/account/email/confirm", MailedCode, None, EVERYONE, "Move to the new address"),
    Route("GET", "/api/account/sign-ins", None, SignIns, EVERYONE, "Where one is signed in"),
    Route("POST", "/api/account/sign-ins/{id}/end", None, SignIns, EVERYONE, "End one sign-in; its sockets close"),
    Route("POST", "/api/account/sign-out-everywhere", None, None, EVERYONE, "End every sign-in, this one too"),
    Route("GET", "/api/account/second-step", None, SecondStepView, EVERYONE, "Whether a code is asked for as well"),
    Route("POST", "/api/account/second-step", Present, SecondStepSeed, EVERYONE, "Begin to set it up"),
    Route("POST", "/api/account/second-step/confirm", SecondStepCode, RecoveryCodes, EVERYONE, "Turn it on by a code"),
    Route("POST", "/api/account/second-step/recovery", Present, RecoveryCodes, EVERYONE, "New recovery codes"),
    Route("POST", "/api/account/second-step/off", Present, None, EVERYONE, "Turn it off, or set it up anew"),
    Route("GET", "/api/account", None, AccountView, EVERYONE, "Account details"),
    Route("PATCH", "/api/account", AccountChange, AccountView, THERAPIST, "Standing choice for transcripts"),
    Route("PUT", "/api/account/relay", RelayChoice, AccountView, CLIENT, "Whether calls go through a relay alone"),
    Route("PUT", "/api/account/texts", TextsChoice, AccountView, THERAPIST, "A text when someone waits, and where"),
    Route("GET", "/api/account/notices", None, NoticesView, EVERYONE, "What one is told of, and by which channel"),
    Route("PUT", "/api/account/notices", NoticeChoice, NoticesView, EVERYONE, "Choose one of these"),
    Route("GET", "/api/outbox", None, OutboxView, ADMIN, "Texts and e-mail sent and to be sent, newest first"),
    Route("GET", "/api/account/export.zip", None, None, EVERYONE, "One's own data as JSON and a page, zipped"),
    Route("PUT", "/api/account/card", CardChange, TherapistCard, THERAPIST, "What stands on one's card"),
    Route("POST", "/api/account/photo", None, TherapistCard, THERAPIST, "A picture, which is made anew", FILE),
    Route("DELETE", "/api/account/photo", None, TherapistCard, THERAPIST, "Take the picture away"),
    Route("GET", "/api/photos/{id}", None, None, EVERYONE, "A therapist's picture (image/jpeg)"),
    Route("GET", "/api/application", None, ApplicationView, THERAPIST, "One's own application"),
    Route("POST", "/api/application/papers", None, ApplicationView, THERAPIST, "Add a paper", FILE),
    Route("DELETE", "/api/application/papers/{id}", None, ApplicationView, THERAPIST, "Take one away again"),
    Route("POST", "/api/application/send", ApplicationSend, ApplicationView, THERAPIST, "Send it to be decided"),
    Route("GET", "/api/papers/{id}/file", None, None, EVERYONE, "A file one gave, or as operator anybody's"),
    Route("GET", "/api/applications", None, Applications, ADMIN, "Those to be decided first"),
    Route("GET", "/api/applications/{id}", None, ApplicationDetail, ADMIN, "One, with its papers"),
    Route("POST", "/api/applications/{id}/decide", ApplicationDecide, ApplicationDetail, ADMIN, "Approve it, or not"),
    Route("POST", "/api/people/find", PersonFind, PersonView, ADMIN, "Somebody by their whole address"),
    Route("POST", "/api/people/{id}/standing", StandingChange, PersonView, ADMIN, "Disable somebody, or let them in"),
    Route("GET", "/api/referrals", None, Referrals, ADMIN, "Referral codes"),
    Route("POST", "/api/referrals", ReferralMake, Referrals, ADMIN, "A code for a therapist's own clients"),
    Route("POST", "/api/referrals/end", ReferralEnd, Referrals, ADMIN, "End a code; whoever came by it stays"),
    Route("POST", "/api/invitations", Invite, None, ADMIN, "Invite a therapist by mail"),
    Route("GET", "/api/agreements", None, Agreements, ADMIN, "What people agree to, in versions"),
    Route("POST", "/api/agreements", AgreementMake, Agreements, ADMIN, "A new version, from an instant on"),
    Route("POST", "/api/audit", AuditFind, AuditView, ADMIN, "The audit trail, newest first"),
    Route("POST", "/api/audit/proof", None, AuditProof, ADMIN, "Read every row anew and compare it"),
    Route("GET", "/api/terms", None, TermsView, EVERYONE, "Terms and transcript text in force"),
    Route("GET", "/api/home", None, HomeView, CLIENT, "What the client's home shows"),
    Route("GET", "/api/call-log", None, CallLogView, THERAPIST, "Sessions, newest first"),
    Route("POST", "/api/call-log/find", CallLogFind, CallLogView, THERAPIST, "Sessions of a choice, page by page"),
    Route("POST", "/api/call-log/search", CallLogSearch, SearchView, THERAPIST, "Words in one's own sessions"),
    Route("GET", "/api/sessions/{id}", None, SessionView, THERAPIST, "One session with transcript, notes and chat"),
    Route("PUT", "/api/sessions/{id}/notes", NotesChange, NotesView, THERAPIST, "Save notes after the call"),
    Route("GET", "/api/sessions/{id}/notes/versions", None, NotesVersions, THERAPIST, "The notes as they stood before"),
    Route(
        "POST", "/api/sessions/{id}/corrections", WordsCorrect, Utterance, THERAPIST, "Correct words that were heard"
    ),
    Route("GET", "/api/sessions/{id}/corrections", None, Revisions, THERAPIST, "What was corrected, and from what"),
    Route("PUT", "/api/sessions/{id}/marks", PassageMark, None, THERAPIST, "Mark a passage, or take the mark away"),
    Route("DELETE", "/api/sessions/{id}/transcript", None, None, THERAPIST, "Delete the transcript for good"),
    Route("POST", "/api/sessions/{id}/transcript/retry", None, None, THERAPIST, "Try a failed transcript again"),
    Route("GET", "/api/sessions/{id}/export.pdf", None, None, THERAPIST, "As PDF; ?notes=1 with notes"),
    Route("GET", "/api/sessions/{id}/export.txt", None, None, THERAPIST, "As plain text; ?notes=1 with notes"),
    Route("GET", "/api/sessions/{id}/export.vtt", None, None, THERAPIST, "The transcript as WebVTT"),
    Route("GET", "/api/sessions/{id}/receipt", None, ReceiptView, CLIENT, "What a session cost"),
    Route("GET", "/api/sessions/{id}/feedback", None, OwnFeedback, CLIENT, "What one said of a session"),
    Route("PUT", "/api/sessions/{id}/feedback", FeedbackGive, OwnFeedback, CLIENT, "Rate a session, in words too"),
    Route("GET", "/api/feedback", None, FeedbackList, THERAPIST, "What clients said of one's sessions"),
    Route("GET", "/api/feedback/averages", None, FeedbackAverages, ADMIN, "How therapists are rated"),
    Route("GET", "/api/sessions/{id}/quality", None, QualityView, THERAPIST | ADMIN, "How good the connection was"),
    Route("GET", "/api/conversations", None, ConversationsView, PAIR, "The inbox, newest first"),
    Route("GET", "/api/conversations/with/{id}", None, ConversationView, PAIR, "The conversation with this person"),
    Route("POST", "/api/conversations/search", MessageSearch, MessageHits, PAIR, "Words in one's own messages"),
    Route("POST", "/api/conversations/{id}/find", MessagesFind, MessagesView, PAIR, "A page of a conversation"),
    Route("POST", "/api/conversations/{id}/messages", MessageSend, MessageView, PAIR, "Send a message"),
    Route("PUT", "/api/conversations/{id}/read", MessagesRead, ConversationView, PAIR, "It has been read so far"),
    Route("PUT", "/api/conversations/{id}/files/{file_id}", None, FileView, PAIR, "A file for a message", FILE),
    Route("GET", "/api/files/{id}", None, None, PAIR, "A file of a conversation, as a download"),
    Route("GET", "/api/check", None, CheckView, PAIR, "ICE servers for a device check"),
    Route("GET", "/api/wallet", None, WalletView, PAIR, "Balance and lines"),
    Route("POST", "/api/top-ups", TopUpBegin, TopUpPage, CLIENT, "Add money by card: where to pay"),
    Route("POST", "/api/top-ups/{id}/look", None, TopUpView, CLIENT, "How a top-up stands"),
    Route("GET", "/api/top-ups/{id}/receipt.pdf", None, None, CLIENT, "Receipt of a top-up as PDF"),
    Route("GET", "/api/sessions/{id}/receipt.pdf", None, None, CLIENT, "Receipt of a session as PDF"),
    Route("GET", "/api/wallet/statement.pdf", None, None, THERAPIST, "A month as PDF; ?month=2026-11"),
    Route("GET", "/api/wallet/statement.csv", None, None, THERAPIST, "A month as CSV; ?month=2026-11"),
    Route("PUT", "/api/payout-details", BankDetails, None, THERAPIST, "The bank account to be paid to"),
    Route("POST", "/api/payout-details/connect", None, ConnectPage, THERAPIST, "An account at the payment processor"),
    Route("POST", "/api/payout-details/look", None, None, THERAPIST, "Ask the processor whether it is ready"),
    Route("POST", "/api/withdrawals", WithdrawalAsk, WithdrawalView, THERAPIST, "Ask to be paid"),
    Route("POST", "/api/withdrawals/{id}/take-back", WithdrawalMove, WithdrawalView, THERAPIST, "Take it back"),
    Route("POST", "/api/withdrawals/{id}/invoice", InvoiceUpload, WithdrawalView, THERAPIST, "Upload its invoice"),
    Route("GET", "/api/withdrawals/{id}/invoice", None, None, THERAPIST | ADMIN, "The invoice that was uploaded"),
    Route("GET", "/api/payouts", None, PayoutsView, ADMIN, "Payouts due, waiting, scheduled and lately settled"),
    Route("POST", "/api/payouts", PayoutConfirm, PayoutConfirmed, ADMIN, "Confirm payouts: they become a batch"),
    Route("POST", "/api/payouts/{id}/arrived", InvoiceArrived, WithdrawalView, ADMIN, "An invoice came by mail"),
    Route("POST", "/api/payouts/{id}/refuse-invoice", InvoiceRefuse, WithdrawalView, ADMIN, "Ask for another invoice"),
    Route("POST", "/api/payouts/{id}/failed", PayoutFail, WithdrawalView, ADMIN, "It was not paid: back to available"),
    Route("POST", "/api/batches/{id}/paid", PayoutConfirm, PayoutConfirmed, ADMIN, "The bank has paid these"),
    Route("GET", "/api/batches/{id}/bank.csv", None, None, ADMIN, "What of a batch the bank is still to pay"),
    Route("POST", "/api/credits", CreditAdd, CreditView, ADMIN, "Add money to a client's wallet"),
    Route("GET", "/api/credits", None, CreditsView, ADMIN, "Money that operators added, newest first"),
    Route("GET", "/api/books", None, BooksView, ADMIN, "Whether the ledger balances, and what it holds together"),
    *BOOKING_ROUTES,
)
# The recorder legs (WHIP, RFC 9725) carry application/sdp, not JSON; declared here for the matrix and OpenAPI.
WHIP_ROUTES: tuple[Route, ...] = (
    Route("POST", "/api/sessions/{id}/leg", None, None, PAIR, "Open a recorder leg", "application/sdp"),
    Route("DELETE", "/api/sessions/{id}/leg/{leg_id}", None, None, PAIR, "Close a recorder leg"),
)
# All that opens to somebody who has yet to set up the second step that their role may not do without.
ENROLMENT = frozenset(
    {
        ("GET", "/api/me"),
        ("POST", "/api/sign-out"),
        ("GET", "/api/account/second-step"),
        ("POST", "/api/account/second-step"),
        ("POST", "/api/account/second-step/confirm"),
    }
)
# What leaves a row on the audit trail each time it is done: its action. About the route's {id}, else about the viewer.
AUDITED: dict[tuple[str, str], str] = {
    ("POST", "/api/sign-out"): "person:sign_out",
    ("POST", "/api/account/sign-ins/{id}/end"): "person:sign_out_other",
    ("POST", "/api/account/sign-out-everywhere"): "person:sign_out_everywhere",
    ("POST", "/api/account/second-step/confirm"): "second_step:on",
    ("POST", "/api/account/second-step/recovery"): "second_step:new_codes",
    ("POST", "/api/account/second-step/off"): "second_step:off",
    ("PATCH", "/api/account"): "account:change",
    ("PUT", "/api/account/relay"): "account:change",
    ("PUT", "/api/account/texts"): "account:change",
    ("PUT", "/api/account/notices"): "account:change",
    ("GET", "/api/outbox"): "outbox:read",
    ("GET", "/api/account/export.zip"): "account:export",
    ("PUT", "/api/account/card"): "account:change",
    ("POST", "/api/account/photo"): "account:change",
    ("DELETE", "/api/account/photo"): "account:change",
    ("POST", "/api/application/papers"): "application:add_paper",
    ("DELETE", "/api/application/papers/{id}"): "application:remove_paper",
    ("POST", "/api/application/send"): "application:send",
    ("GET", "/api/papers/{id}/file"): "paper:export",
    ("GET", "/api/applications/{id}"): "application:read",
    ("POST", "/api/applications/{id}/decide"): "application:decide",
    ("POST", "/api/people/{id}/standing"): "person:standing",
    ("POST", "/api/referrals"): "referral:make",
    ("POST", "/api/referrals/end"): "referral:end",
    ("POST", "/api/invitations"): "therapist:invite",
    ("POST", "/api/agreements"): "agreement:make",
    ("POST", "/api/audit"): "audit:read",
    ("POST", "/api/audit/proof"): "audit:prove",
    ("GET", "/api/sessions/{id}"): "session:read",
    ("PUT", "/api/sessions/{id}/notes"): "notes:save",
    ("GET", "/api/sessions/{id}/notes/versions"): "notes:read_versions",
    ("GET", "/api/sessions/{id}/export.pdf"): "session:export",
    ("GET", "/api/sessions/{id}/export.txt"): "session:export",
    ("GET", "/api/sessions/{id}/export.vtt"): "session:export",
    ("POST", "/api/call-log/search"): "transcripts:search",
    ("POST", "/api/conversations/search"): "messages:search",
    ("POST", "/api/conversations/{id}/find"): "messages:read",
    ("GET", "/api/files/{id}"): "file:read",
    ("POST", "/api/sessions/{id}/corrections"): "transcript:correct",
    ("GET", "/api/sessions/{id}/corrections"): "transcript:read_corrections",
    ("PUT", "/api/sessions/{id}/marks"): "transcript:mark",
    ("DELETE", "/api/sessions/{id}/transcript"): "transcript:delete",
    ("POST", "/api/sessions/{id}/transcript/retry"): "transcript:retry",
    ("PUT", "/api/payout-details"): "payout_details:change",
    ("POST", "/api/withdrawals/{id}/invoice"): "invoice:upload",
    ("GET", "/api/withdrawals/{id}/invoice"): "invoice:read",
    ("POST", "/api/payouts"): "payouts:confirm",
    ("POST", "/api/payouts/{id}/arrived"): "invoice:arrived",
    ("POST", "/api/payouts/{id}/refuse-invoice"): "invoice:refuse",
    ("POST", "/api/payouts/{id}/failed"): "payout:failed",
    ("POST", "/api/batches/{id}/paid"): "payouts:paid",
    ("GET", "/api/batches/{id}/bank.csv"): "bank_details:export",
    ("POST", "/api/credits"): "wallet:credit",
    ("POST", "/api/bookings/{id}/move"): "booking:move",
    ("POST", "/api/bookings/{id}/cancel"): "booking:cancel",
    ("POST", "/api/bookings/{id}/confirm"): "booking:confirm",
    ("POST", "/api/bookings/{id}/decline"): "booking:decline",
    ("GET", "/api/users/{id}"): "person:read",
    ("POST", "/api/users/{id}/bookings"): "booking:schedule",
    ("POST", "/api/users/{id}/packages"): "allowance:grant",
    ("PUT", "/api/services"): "services:change",
    ("POST", "/api/allowances"): "allowance:grant",
    ("DELETE", "/api/allowances/{id}"): "allowance:end",
}
# Routes whose JSON holds a file, as base64, beside what is to be known of it.
FILE_INSIDE = frozenset({("POST", "/api/withdrawals/{id}/invoice")})
# Operational documents, not under /api's cookie rules.
PLAIN_ROUTES = ("/healthz", "/readyz", "/metrics", "/api/openapi.json", "/api/events.json")
