/**
 * A client's or an operator's own name and number.
 * Easy to break: *Reset* goes back to what is stored, and nothing is stored before *Save changes*.
 */
import { useSignal } from "@preact/signals";

import { ask } from "../../http";
import type { AccountView } from "../../protocol.gen";
import { me } from "../../state";
import { Field } from "../../ui/Field";
import { e164, spaced } from "../../ui/phone";
import { SaveOrReset } from "../../ui/SaveOrReset";
import { useCommand } from "../../ui/useCommand";
import { day } from "../../ui/words";
import { Mail } from "./Mail";

const NO_NUMBER = "That is no number we could text or ring, for example 07700 900123. Leave it empty if you would rather not say.";

function useDetails(account: AccountView) {
  const firstName = useSignal(account.me.first_name);
  const lastName = useSignal(account.me.last_name);
  const phone = useSignal(account.phone ? spaced(account.phone) : "");
  const show = (view: AccountView) => {
    firstName.value = view.me.first_name;
    lastName.value = view.me.last_name;
    phone.value = view.phone ? spaced(view.phone) : "";
  };
  const number = phone.value.trim() ? e164(phone.value) : null;
  const isChanged =
    firstName.value.trim() !== account.me.first_name ||
    lastName.value.trim() !== account.me.last_name ||
    (number ?? phone.value.trim()) !== (account.phone ?? "");
  return { firstName, lastName, phone, number, isChanged, show };
}

export function Details({ account, onChange }: { account: AccountView; onChange: (view: AccountView) => void }) {
  const { firstName, lastName, phone, number, isChanged, show } = useDetails(account);
  const command = useCommand();
  const badPhone = useSignal("");
  const save = (event: Event) => {
    event.preventDefault();
    badPhone.value = phone.value.trim() && number === null ? NO_NUMBER : "";
    if (badPhone.value) return;
    const body = { first_name: firstName.value.trim(), last_name: lastName.value.trim(), phone: number };
    void command.run(async () => {
      const view = await ask("PUT /api/account/details", { body });
      show(view);
      if (me.value) me.value = { ...me.value, first_name: view.me.first_name, last_name: view.me.last_name };
      onChange(view);
    }, "Saved.");
  };
  const reset = () => {
    show(account);
    badPhone.value = command.problem.value = "";
  };
  return (
    <section class="card stack" aria-labelledby="you">
      <h2 id="you">You</h2>
      <dl class="facts">
        <dt>Email</dt>
        <dd>
          <Mail address={account.email} />
        </dd>
        {account.date_of_birth && (
          <>
            <dt>Date of birth</dt>
            <dd>
              {day(account.date_of_birth)} <span class="fine">Is it wrong? <a href="/support/new">Write to us</a>.</span>
            </dd>
          </>
        )}
      </dl>
      <form class="stack gap-5" onSubmit={save}>
        <div class="two">
          <Field label="First name" value={firstName} autoComplete="given-name" maxLength={80} />
          <Field label="Last name" value={lastName} autoComplete="family-name" maxLength={80} />
        </div>
        <Field
          label="Phone number"
          type="tel"
          value={phone}
          autoComplete="tel"
          maxLength={40}
          isOptional
          problem={badPhone.value}
          hint={me.value?.role === "client" ? "For reminders and call-backs you ask for, and for your therapist if they fear for your safety." : undefined}
        />
        <SaveOrReset command={command} isChanged={isChanged} reset={reset} />
      </form>
    </section>
  );
}
