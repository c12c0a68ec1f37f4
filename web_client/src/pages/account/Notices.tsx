/**
 * What one is told of, and by which channel. Each choice is saved as it is made.
 * Easy to break: the box says what is stored; a choice that could not be saved goes back to where it was.
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask, Refusal } from "../../http";
import type { NoticeView } from "../../protocol.gen";
import { e164 } from "../../ui/phone";
import { Problem } from "../../ui/Problem";

const NAMES: Record<NoticeView["notice"], string> = {
  bookings: "My sessions are booked, moved or cancelled",
  reminders: "Reminders a day and an hour before a session",
  messages: "A message that I have not read",
  payouts: "My payouts",
  support: "Somebody has written to support",
  papers: "An application or a guardian’s consent to be read",
};

const CHANNELS: Record<NoticeView["channel"], string> = { email: "e-mail", sms: "text" };

function useNotices() {
  const found = useSignal<NoticeView[] | null>(null);
  const said = useSignal("");
  /** The choice that waits for a number. */
  const waiting = useSignal<NoticeView | null>(null);
  useEffect(() => {
    ask("GET /api/account/notices").then(
      (view) => (found.value = view.notices),
      (refusal: Error) => (said.value = refusal.message),
    );
  }, []);
  const choose = async (one: NoticeView, phone: string | null = null) => {
    const before = found.peek();
    const isOn = !one.is_on;
    const is = (other: NoticeView) => other.notice === one.notice && other.channel === one.channel;
    found.value = before?.map((other) => (is(other) ? { ...other, is_on: isOn } : other)) ?? null;
    try {
      const body = { notice: one.notice, channel: one.channel, is_on: isOn, phone };
      found.value = (await ask("PUT /api/account/notices", { body })).notices;
      said.value = "Saved";
      waiting.value = null;
    } catch (refusal) {
      found.value = before;
      const isPhoneNeeded = refusal instanceof Refusal && refusal.code === "phone_needed";
      if (isPhoneNeeded) waiting.value = one;
      said.value = isPhoneNeeded || !(refusal instanceof Error) ? "" : refusal.message;
    }
  };
  return { found, said, waiting, choose };
}

function Number({ onSave }: { onSave: (phone: string) => void }) {
  const typed = useSignal("");
  const problem = useSignal("");
  const save = (event: Event) => {
    event.preventDefault();
    const phone = e164(typed.value);
    problem.value = phone ? "" : "Please type the mobile number we should text, for example 07700 900123.";
    if (phone) onSave(phone);
  };
  return (
    <form class="account__number" onSubmit={save}>
      <div class={problem.value ? "field field--bad" : "field"}>
        <label for="notice-phone">Mobile number for texts</label>
        <input
          class="input"
          id="notice-phone"
          type="tel"
          autoComplete="tel"
          maxLength={40}
          aria-invalid={problem.value ? true : undefined}
          aria-describedby="notice-phone-problem"
          value={typed.value}
          onInput={(event) => (typed.value = event.currentTarget.value)}
        />
        <Problem text={problem.value} id="notice-phone-problem" />
      </div>
      <button class="btn btn--quiet" type="submit">
        Save number and turn on
      </button>
    </form>
  );
}

export function Notices() {
  const { found, said, waiting, choose } = useNotices();
  return (
    <section class="card stack" aria-labelledby="notices">
      <h2 id="notices">What we write to you</h2>
      <p class="sub">E-mails never say what a message says, or why you have sessions. Texts name nobody and no time.</p>
      {found.value === null && !said.value && <p role="status">One moment…</p>}
      {found.value?.map((one) => (
        <label key={one.notice + one.channel} class="check">
          <input type="checkbox" checked={one.is_on} onChange={() => void choose(one)} />
          <span>
            {NAMES[one.notice]}, by {CHANNELS[one.channel]}
          </span>
        </label>
      ))}
      {waiting.value && <Number onSave={(phone) => void choose(waiting.value!, phone)} />}
      <p class="fine account__said" role="status">
        {said.value}
      </p>
    </section>
  );
}
