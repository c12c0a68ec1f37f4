"""The base of all coded errors, and what the core refuses. See `rtc_server.errors` for the live path's tree."""


class CodedError(Exception):
    """A refusal that is answered to the caller: `code` is stable, `http_status` is a hint for the edge.

    Messages are shown to people: they say what happened and what to do, and hold no name nor any text people wrote.
    """

    code: str = "internal"
    http_status: int = 500

    def __init__(self, message: str = "") -> None:
        super().__init__(message or type(self).code.replace("_", " "))
        self.message = str(self)


class BookingError(CodedError):
    """Base of all refusals of the core."""


class PersonNotFound(BookingError):
    code, http_status = "person_not_found", 404


class EmailTaken(BookingError):
    code, http_status = "email_taken", 409


class InsufficientFunds(BookingError):
    code, http_status = "insufficient_funds", 402


class HoldNotFound(BookingError):
    code, http_status = "hold_not_found", 404


class HoldAlreadyResolved(BookingError):
    code, http_status = "hold_already_resolved", 409


class TransferKeyReused(BookingError):
    """Money was to move under a key that moved other money before."""

    code, http_status = "key_reused", 422


class AmountDiffers(BookingError):
    code, http_status = "amount_differs", 422


class TopUpNotFound(BookingError):
    code, http_status = "top_up_not_found", 404


class WithdrawalNotFound(BookingError):
    code, http_status = "withdrawal_not_found", 404


class WithdrawalMoved(BookingError):
    """The step does not follow from the state it is in now."""

    code, http_status = "withdrawal_moved", 409


class PayoutDetailsMissing(BookingError):
    code, http_status = "payout_details_missing", 409


class BatchNotFound(BookingError):
    code, http_status = "batch_not_found", 404


class PaymentsNotSetUp(BookingError):
    code, http_status = "payments_not_set_up", 409


class PaymentsUnavailable(BookingError):
    code, http_status = "payments_unavailable", 503


class BadSignature(BookingError):
    code, http_status = "bad_signature", 400


class SlotTaken(BookingError):
    code, http_status = "slot_taken", 409


class SlotClosed(BookingError):
    """The therapist is not open then, or it is too soon."""

    code, http_status = "slot_closed", 409


class ClientBusy(BookingError):
    code, http_status = "client_busy", 409


class BookingNotFound(BookingError):
    code, http_status = "booking_not_found", 404


class BookingClosed(BookingError):
    """The booking no longer stands where this step could be taken."""

    code, http_status = "booking_closed", 409


class TooLateToMove(BookingError):
    code, http_status = "too_late", 409


class MovesUsedUp(BookingError):
    code, http_status = "moves_used_up", 409


class TermsChanged(BookingError):
    """What it would cost is no longer what the person was shown."""

    code, http_status = "terms_changed", 409


class TooEarly(BookingError):
    code, http_status = "too_early", 409


class ServiceNotFound(BookingError):
    code, http_status = "service_not_found", 404


class RuleNotFound(BookingError):
    code, http_status = "rule_not_found", 404


class AllowanceNotFound(BookingError):
    code, http_status = "allowance_not_found", 404


class BadSlot(BookingError):
    """An hour, day or zone that cannot be."""

    code, http_status = "bad_slot", 400
