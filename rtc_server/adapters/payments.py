"""Which payment processor there is: the one place that says so, from settings."""

from booking_core.payments import Processor
from rtc_server.config import Settings


def processor_of(settings: Settings) -> Processor | None:
    """None when no payment processor is set up."""
    if not settings.stripe_secret_key:
        return None
    # Stripe's library takes a while to import, and most installations have no use for it.
    from rtc_server.adapters.stripe_payments import Stripe

    return Stripe(
        settings.stripe_secret_key,
        settings.stripe_webhook_secret,
        api_base=settings.stripe_api_base,
        call_s=settings.payment_call_s,
    )
