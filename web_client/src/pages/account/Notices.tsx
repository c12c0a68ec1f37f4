/**
 * What one is told of, and by which channel. Each choice is saved as it is made.
 * Easy to break: the box says what is stored; a choice that could not be saved goes back to where it was.
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask } from "../../http";
import type { NoticeView } from "../../protocol.gen";

const NAMES: Record<NoticeView["notice"], string> = {
  bookings: "My sessions are booked, moved or cancelled",
  reminders: "Reminders a day and an hour before a session",
  messages: "A message that I have not read",
  payouts: "My payouts",
};

const CHANNELS: Record<NoticeView["channel"], string> = { email: "e-mail", sms: "text" };

function useNotices() {
  const found = useSignal<NoticeView[] | null>(null);
  const said = useSignal("");
  useEffect(() => {
    ask("GET /api/account/notices").then(
      (view) => (found.value = view.notices),
      (refusal: Error) => (said.value = refusal.message),
    );
  }, []);
  const choose = async (one: NoticeView) => {
    const before = found.peek();
    const isOn = !one.is_on;
    found.value = before?.map((other) => (other === one ? { ...one, is_on: isOn } : other)) ?? null;
    try {
      const body = { notice: one.notice, channel: one.channel, is_on: isOn };
      found.value = (await ask("PUT /api/account/notices", { body })).notices;
      said.value = "Saved";
    } catch (refusal) {
      found.value = before;
      said.value = refusal instanceof Error ? refusal.message : "";
    }
  };
  return { found, said, choose };
}

export function Notices() {
  const { found, said, choose } = useNotices();
  return (
    <section class="card stack" aria-labelledby="notices">
      <h2 id="notices">What we write to you</h2>
      <p class="sub">E-mails never say what a message says, or why you have sessions.</p>
      {found.value === null && !said.value && <p role="status">One moment…</p>}
      {found.value?.map((one) => (
        <label key={one.notice + one.channel} class="check">
          <input type="checkbox" checked={one.is_on} onChange={() => void choose(one)} />
          <span>
            {NAMES[one.notice]}, by {CHANNELS[one.channel]}
          </span>
        </label>
      ))}
      <p class="fine account__said" role="status">
        {said.value}
      </p>
    </section>
  );
}
