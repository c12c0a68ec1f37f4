/** Bookings in words: when, what changing them costs, what became of them, what is left. Pure. */
import { dayWords, ownZone, shortDay, zoneWords } from "./days";
import type { ActivityView, BookingOutcome, BookingView, LeftView, Method, QuoteView } from "./protocol.gen";
import { clientTime, money } from "./ui/words";

const HOUR_MS = 3_600_000;
const METHODS: Record<Method, string> = { video: "video", phone: "telephone", in_person: "in person" };

export function methodWords(method: Method): string {
  return METHODS[method];
}

/** "Thursday 26 November, 6 pm". */
export function when(atMs: number): string {
  return `${dayWords(atMs)}, ${clientTime(atMs)}`;
}

export function minutesOf(booking: BookingView): number {
  return Math.round((booking.ends_at_ms - booking.starts_at_ms) / 60_000);
}

export const here: string = zoneWords(ownZone);

/** "19 hours", "40 minutes": how far off. */
export function farOff(ms: number): string {
  const hours = Math.floor(ms / HOUR_MS);
  if (hours >= 48) return `${Math.floor(hours / 24)} days`;
  if (hours >= 2) return `${hours} hours`;
  const minutes = Math.max(1, Math.round(ms / 60_000));
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}

/** What moving means now, before the click. */
export function moveWords(booking: BookingView, nowMs: number): { title: string; text: string; isFree: boolean } {
  if (booking.move_until_ms !== null) {
    return { title: "Free to move.", text: `Nothing is lost when you move it before ${when(booking.move_until_ms)}.`, isFree: true };
  }
  return {
    title: `This one starts in ${farOff(booking.starts_at_ms - nowMs)}.`,
    text: "It can no longer be moved. You can cancel it and book anew.",
    isFree: false,
  };
}

/** What cancelling means now, before the click. */
export function cancelWords(booking: BookingView, nowMs: number, isTherapist: boolean): { title: string; text: string } {
  if (isTherapist) return { title: "Nothing is lost for them.", text: "They get back what they paid or the session it was taken from." };
  if (booking.is_forfeit) {
    const lost =
      booking.paid_with === "allowance"
        ? "cancelling uses the session: it does not come back to your allowance."
        : `cancelling costs the whole price, ${money(booking.price_pence)}.`;
    return { title: `This one starts in ${farOff(booking.starts_at_ms - nowMs)}.`, text: `So late it cannot be moved, and ${lost}` };
  }
  const back =
    booking.paid_with === "wallet"
      ? `${money(booking.price_pence)} goes back to your wallet.`
      : booking.paid_with === "allowance"
        ? "The session goes back to your allowance."
        : "It costs nothing.";
  return { title: "Nothing is lost.", text: back };
}

export const OUTCOMES: BookingOutcome["outcome"][] = ["completed", "no_show_client", "no_show_therapist"];

/** What saying so means for the price or the session that was set aside, before the click. */
export function outcomeWords(booking: BookingView, said: BookingOutcome["outcome"]): { title: string; text: string } {
  const titles = {
    completed: "It took place",
    no_show_client: `${booking.client_name.split(" ")[0]} did not come`,
    no_show_therapist: "I did not come",
  };
  return { title: titles[said], text: said === "no_show_therapist" ? givenBack(booking) : taken(booking) };
}

function taken(booking: BookingView): string {
  if (booking.paid_with === "nothing") return "Nothing is paid here.";
  if (booking.is_own_package) return "It uses the session of your package. Nothing more is paid here.";
  const cost = booking.paid_with === "wallet" ? `${money(booking.price_pence)} of theirs is paid` : "It uses a session of their allowance";
  return `${cost}. Your share is ready to withdraw in 24 hours.`;
}

function givenBack(booking: BookingView): string {
  if (booking.paid_with === "nothing") return "Nothing was paid here.";
  const back = booking.paid_with === "wallet" ? `${money(booking.price_pence)} goes` : `The session goes`;
  const where = booking.paid_with === "wallet" ? "their wallet" : booking.is_own_package ? "their package" : "their allowance";
  return `${back} back to ${where}. You are paid nothing.`;
}

/** What became of it. */
export function stateWords(booking: BookingView): string {
  switch (booking.state) {
    case "requested":
      return "Waits for a yes";
    case "confirmed":
      return booking.ends_at_ms <= booking.now_ms ? "Not settled yet" : "Confirmed";
    case "completed":
      return "Held";
    case "cancelled":
      return booking.reason === "rescheduled" ? "Moved" : booking.reason === "client" ? "Cancelled" : "Cancelled by the therapist";
    case "late_cancelled":
      return booking.is_forfeit || booking.paid_with !== "nothing" ? "Cancelled late" : "Cancelled";
    case "no_show_client":
      return "The client did not come";
    case "no_show_therapist":
      return "The therapist did not come";
    case "declined":
      return booking.reason === "lapsed" ? "Not answered in time" : "Declined";
    default:
      return booking.state satisfies never;
  }
}

/** "Unlimited sessions until 31 December", "2 of 4 left this month". */
export function leftWords(left: LeftView): string {
  const until = left.until ? ` until ${shortDay(left.until)}` : "";
  const kind = left.kind === "coaching" ? "coaching " : "";
  if (left.form === "unlimited") return `Unlimited ${kind}sessions${until}`;
  const place = left.form === "monthly" ? " this month" : "";
  return `${left.left} of ${left.sessions} ${kind}sessions left${place}${until}`;
}

/** "1 session from your allowance, 1 of 4 left after it". */
export function paidWords(quote: QuoteView): string {
  if (quote.paid_with === "nothing") return "Nothing to pay here";
  if (quote.paid_with === "wallet") return `${money(quote.price_pence)} from your wallet, held until then`;
  const left = quote.left;
  if (!left || left.left === null) return "Your unlimited sessions";
  return `1 session from ${left.name || "your allowance"}, ${left.left - 1} of ${left.sessions} left after it`;
}

/** What may be changed until when, for the summary. */
export function changesWords(quote: QuoteView, nowMs: number): string {
  if (quote.is_late_returned) return "Free to cancel until it begins";
  if (quote.cancel_until_ms <= nowMs) return "It starts soon: it cannot be moved, and cancelling uses it up";
  const until = Math.min(quote.move_until_ms, quote.cancel_until_ms);
  return `Free to move or cancel until ${when(until)}`;
}

/** "Half of this month’s therapy sessions booked." */
export function activityWords(activity: ActivityView): string {
  const name = activity.kind === "therapy" ? "therapy" : "coaching";
  if (activity.percent !== null) return `${activity.percent}% of this month’s ${name} sessions booked`;
  const booked = activity.booked === 0 ? "none yet" : String(activity.booked);
  return `${name === "therapy" ? "Therapy" : "Coaching"} this month: ${booked}`;
}
