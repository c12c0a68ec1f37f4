/**
 * A therapist's texts: on or off, and the number.
 * Easy to break: the switch says what is stored; a number that cannot be texted leaves it where it was.
 */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";

import { ask } from "../../http";
import type { AccountView } from "../../protocol.gen";
import { e164, spaced } from "../../ui/phone";
import { Problem } from "../../ui/Problem";
import { Switch } from "../../ui/Switch";

const NO_NUMBER = "Please type the mobile number we should text, for example 07700 900123.";

function useTexts(account: AccountView, onChange: (view: AccountView) => void) {
  const typed = useSignal(account.phone ? spaced(account.phone) : "");
  const isBusy = useSignal(false);
  const said = useSignal("");
  const problem = useSignal("");
  const field = useRef<HTMLInputElement>(null);
  const save = async (isOn: boolean) => {
    if (isBusy.peek()) return;
    const text = typed.peek().trim();
    const number = e164(text);
    problem.value = said.value = "";
    if (!number && (text || isOn)) {
      problem.value = NO_NUMBER;
      field.current?.focus();
      return;
    }
    isBusy.value = true;
    try {
      const view = await ask("PUT /api/account/texts", { body: { is_on: isOn, phone: number } });
      typed.value = view.phone ? spaced(view.phone) : "";
      said.value = view.texts_on ? "Saved. Texts are on." : "Saved. Texts are off.";
      onChange(view);
    } catch (refusal) {
      problem.value = refusal instanceof Error ? refusal.message : "";
    }
    isBusy.value = false;
  };
  return { typed, isBusy, said, problem, field, save };
}

export function Texts({ account, onChange }: { account: AccountView; onChange: (view: AccountView) => void }) {
  const { typed, isBusy, said, problem, field, save } = useTexts(account, onChange);
  const isOn = account.texts_on === true;
  const isNew = (e164(typed.value) ?? typed.value.trim()) !== (account.phone ?? "");
  return (
    <section class="card stack" aria-labelledby="texts">
      <h2 id="texts">Texts</h2>
      <Switch isOn={isOn} isBusy={isBusy.value} describedBy="texts-text" onPress={() => void save(!isOn)}>
        Text me when someone is waiting and I have no page open
      </Switch>
      <form
        class="account__number"
        onSubmit={(event) => {
          event.preventDefault();
          void save(isOn);
        }}
      >
        <div class={problem.value ? "field field--bad" : "field"}>
          <label for="phone">Mobile number</label>
          <input
            class="input"
            id="phone"
            type="tel"
            autoComplete="tel"
            maxLength={40}
            ref={field}
            aria-invalid={problem.value ? true : undefined}
            aria-describedby="phone-problem"
            value={typed.value}
            onInput={(event) => (typed.value = event.currentTarget.value)}
          />
          <Problem text={problem.value} id="phone-problem" />
        </div>
        {isNew && (
          <button class="btn btn--quiet" type="submit" aria-busy={isBusy.value}>
            Save number
          </button>
        )}
      </form>
      <p class="sub" id="texts-text">
        {isOn
          ? "At most one text in five minutes, and one when that client is no longer waiting. No text names a client or says why they ask. Turn them off with the switch above, or by answering STOP to one."
          : "You are not texted. Someone who waits is shown on your dashboard while you are on duty."}
      </p>
      <p class="fine account__said" role="status">
        {said.value}
      </p>
    </section>
  );
}
