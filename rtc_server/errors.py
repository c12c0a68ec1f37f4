"""Every refusal the product can give, as one tree. `code` is stable and part of the wire; messages may change.

Below `LiveError`: what cannot be read (`BadMessage`), who one is not (`NotSignedIn` and beside it), what is not there
(`NotFound`), what may not be (`Refused`), what may not be now (`Limited`), and what is broken (`SealBroken`). The whole
list with its statuses is generated into docs/protocol.md.

`booking_core.errors.BookingError` is the other tree (money, people); both are answered by the same two wrappers:
the middleware in `api/` and the handler wrapper in `socket_api.py`.
"""

from booking_core.errors import CodedError


class LiveError(CodedError):
    """Base of all refusals of the live path."""


class BadMessage(LiveError):
    code, http_status = "bad_message", 400


def unfit(field: str) -> str:
    """What somebody reads whose form was not taken: the field as people say it, and nothing of what was typed."""
    return f"Please look at the {field.replace('_', ' ')} again: it is missing, too long, or not as it should be."


class LostRace(LiveError):
    """The row moved on between reading and writing; the caller reads again. Never reaches the wire."""

    code, http_status = "lost_race", 409


class TooLarge(BadMessage):
    code, http_status = "too_large", 413


class TooSlow(BadMessage):
    code, http_status = "too_slow", 408


class WrongContentType(BadMessage):
    code, http_status = "wrong_content_type", 415


class NotSignedIn(LiveError):
    code, http_status = "not_signed_in", 401


class WrongPassword(LiveError):
    code, http_status = "wrong_password", 401


class CodeNeeded(LiveError):
    """The password was right; the second step is missing."""

    code, http_status = "code_needed", 401


class WrongCode(LiveError):
    code, http_status = "wrong_code", 401


class WebClientOutdated(LiveError):
    code, http_status = "web_client_outdated", 409


class NotFound(LiveError):
    code, http_status = "not_found", 404


class MethodNotAllowed(NotFound):
    code, http_status = "method_not_allowed", 405


class RequestNotFound(NotFound):
    code = "request_not_found"


class SessionNotFound(NotFound):
    code = "session_not_found"


class RehearsalNotFound(NotFound):
    code = "rehearsal_not_found"


class ReferralNotFound(NotFound):
    code = "referral_not_found"


class ConversationNotFound(NotFound):
    code = "conversation_not_found"


class FileNotFound(NotFound):
    code = "file_not_found"


class Refused(LiveError):
    code, http_status = "refused", 409


class NotYours(Refused):
    code, http_status = "not_yours", 403


class NotAllowed(Refused):
    code, http_status = "not_allowed", 403


class BadOrigin(Refused):
    code, http_status = "bad_origin", 403


class IllegalTransition(Refused):
    code = "illegal_transition"


class AlreadyTaken(IllegalTransition):
    """`behind_ms`: how long after the winner, where that is known."""

    code = "taken"

    def __init__(self, message: str = "", *, behind_ms: int | None = None) -> None:
        super().__init__(message)
        self.behind_ms = behind_ms


class AlreadyCancelled(IllegalTransition):
    code = "cancelled"


class AlreadyExpired(IllegalTransition):
    code = "expired"


class NotOnDuty(Refused):
    code = "not_on_duty"


class PhoneNeeded(Refused):
    code = "phone_needed"


class NoRelay(Refused):
    code = "no_relay"


class AlreadyInSession(Refused):
    code = "in_session"


class OpenRequestExists(Refused):
    code = "open_request_exists"


class NotAgreed(Refused):
    code = "not_agreed"


class TermsOutdated(Refused):
    code = "terms_outdated"


class SessionEnded(Refused):
    code = "session_ended"


class SeatReplaced(Refused):
    code = "seat_replaced"


class StaleLink(Refused):
    code = "stale_link"


class NoteConflict(Refused):
    code = "note_conflict"


class TranscriptChanged(Refused):
    code = "transcript_changed"


class NothingToRetry(Refused):
    code = "nothing_to_retry"


class NotEnded(Refused):
    code = "not_ended"


class UnderLegalHold(Refused):
    code = "under_legal_hold"


class SecondStepNeeded(Refused):
    """Nothing opens before the second step is set up."""

    code, http_status = "second_step_needed", 403


class SecondStepOn(Refused):
    code = "second_step_on"


class WeakPassword(Refused):
    code = "weak_password"


class NotOfAge(Refused):
    code = "not_of_age"


class GuardianNeeded(Refused):
    """Under 18, and no guardian's consent is on file and in date."""

    code = "guardian_needed"


class FileRefused(Refused):
    """A file that may not be kept: of no kind we know, or not readable as what it is."""

    code, http_status = "file_refused", 422


class QuotaFull(Refused):
    code = "quota_full"


class Unfinished(Refused):
    """Something has to be filled in first; the message names it."""

    code = "unfinished"


class AlreadyDecided(Refused):
    code = "already_decided"


class KeyReused(Refused):
    code, http_status = "key_reused", 422


class Limited(LiveError):
    """Not now. `retry_after_s` says when, where that is known."""

    code, http_status = "limited", 429

    def __init__(self, message: str = "", *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class TooOften(Limited):
    code = "too_often"


class PoolUnavailable(Limited):
    code, http_status = "try_again", 503


class RecorderUnavailable(Limited):
    code, http_status = "recorder_unavailable", 503


class StorageRefused(Limited):
    """The database took nothing now, and nothing of it is kept."""


class StorageFull(StorageRefused):
    code, http_status = "storage_full", 507

    def __init__(self, message: str = "There is no room left to save this. Nothing was lost; try again soon.") -> None:
        super().__init__(message)


class StorageBusy(StorageRefused):
    code, http_status = "try_again", 503

    def __init__(self, message: str = "We are very busy. Nothing was lost; please try again in a moment.") -> None:
        super().__init__(message)


class Draining(Limited):
    code, http_status = "draining", 503


class SealBroken(LiveError):
    code, http_status = "seal_broken", 500
