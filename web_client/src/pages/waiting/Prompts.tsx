/** After a while: nobody has to sit and watch. Waiting on, looking further, or a text; nothing happens by itself. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import type { Prompts as PromptsView, RequestView } from "../../protocol.gen";
import { inbox } from "../../messages/inbox";
import { navigate } from "../../router";
import { emit } from "../../socket";
import { Icon } from "../../ui/Icon";
import { e164 } from "../../ui/phone";
import { Problem } from "../../ui/Problem";
import { language } from "../../ui/words";
import { useStep } from "./useStep";

const GENDERS = { female: "a woman", male: "a man", none: "anybody" };

interface Props {
  current: RequestView;
  prompts: PromptsView;
}

function Wider({ current, prompts, step }: Props & Pick<ReturnType<typeof useStep>, "step">) {
  const { id, therapist_gender: gender } = current;
  return (
    <>
      {prompts.may_drop_gender && (
        <button
          class="btn btn--quiet btn--small"
          type="button"
          onClick={() => void step(() => emit("request:widen", { id, drop_gender: true }))}
        >
          <Icon name="users" small />
          Not only {GENDERS[gender]}
        </button>
      )}
      {prompts.languages.map((code) => (
        <button
          key={code}
          class="btn btn--quiet btn--small"
          type="button"
          onClick={() => void step(() => emit("request:widen", { id, language: code }))}
        >
          <Icon name="message-circle" small />
          Talk in {language(code)} instead
        </button>
      ))}
    </>
  );
}

/** For a client with a therapist of their own: to stop waiting and leave them a message. */
/** The line is left first: who books a time is not called any more. */
function Book({ id, step }: { id: string } & Pick<ReturnType<typeof useStep>, "step">) {
  const book = async () => {
    if (await step(() => emit("request:cancel", { id }))) navigate("/book");
  };
  return (
    <button class="btn btn--quiet btn--small" type="button" onClick={() => void book()}>
      <Icon name="calendar" small />
      Book a time
    </button>
  );
}

function Write({ id, step }: { id: string } & Pick<ReturnType<typeof useStep>, "step">) {
  const known = inbox.value?.[0];
  if (!known) return null;
  // Only once the request is over: while it waits, its client belongs to the line.
  const leave = async () => {
    if (await step(() => emit("request:cancel", { id }))) navigate(`/messages/${known.id}`);
  };
  return (
    <button class="btn btn--quiet btn--small" type="button" onClick={() => void leave()}>
      <Icon name="message-circle" small />
      Stop waiting and write to {known.first_name}
    </button>
  );
}

function CallBack({ current, prompts, onBack }: Props & { onBack: () => void }) {
  const { isBusy, problem, step } = useStep();
  const typed = useSignal("");
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  const ask = (event: Event) => {
    event.preventDefault();
    const phone = prompts.needs_phone ? e164(typed.value) : null;
    if (prompts.needs_phone && phone === null) {
      problem.value = "Please type the mobile number we should text, for example 07700 900123.";
      return;
    }
    void step(() => emit("request:callback", { id: current.id, ...(phone ? { phone } : {}) }));
  };
  return (
    <form class="card stack gap-3 wait__else" noValidate onSubmit={ask}>
      <h2 ref={heading} tabIndex={-1}>
        Call me back
      </h2>
      <p>
        You stop waiting here. When a therapist is free we text you a link, without your name or a reason. We tell you
        until when your place is kept.
      </p>
      {prompts.needs_phone && (
        <div class={problem.value ? "field field--bad" : "field"}>
          <label class="label" for="phone">
            Mobile number
          </label>
          <input
            class="input"
            id="phone"
            type="tel"
            autoComplete="tel"
            aria-describedby="phone-hint"
            aria-invalid={problem.value ? true : undefined}
            value={typed.value}
            onInput={(event) => (typed.value = event.currentTarget.value)}
          />
          <span class="hint" id="phone-hint">
            Kept in your account, sealed, so that we ask only once.
          </span>
        </div>
      )}
      <Problem text={problem.value} />
      <div class="cluster">
        <button class="btn btn--primary" type="submit" aria-busy={isBusy.value}>
          {prompts.needs_phone ? "Text me" : "Text me at my number"}
        </button>
        <button class="btn btn--text" type="button" onClick={onBack}>
          Keep waiting
        </button>
      </div>
    </form>
  );
}

export function Prompts({ current, prompts }: Props) {
  const { isBusy, problem, step } = useStep();
  const isAsking = useSignal(false);
  const isPutAway = useSignal(false);
  if (isPutAway.value) return null;
  if (isAsking.value) return <CallBack current={current} prompts={prompts} onBack={() => (isAsking.value = false)} />;
  const isNarrow = prompts.may_drop_gender || prompts.languages.length > 0;
  return (
    <section class="card stack gap-3 wait__else" aria-labelledby="prompts" aria-busy={isBusy.value}>
      <h2 id="prompts">You do not have to sit and watch this</h2>
      {isNarrow && <p class="sub">Somebody is on duty who does not match what you asked for. You may look further.</p>}
      <div class="cluster">
        <button class="btn btn--quiet btn--small" type="button" onClick={() => (isPutAway.value = true)}>
          Keep waiting
        </button>
        <Wider current={current} prompts={prompts} step={step} />
        <button class="btn btn--quiet btn--small" type="button" onClick={() => (isAsking.value = true)}>
          <Icon name="bell" small />
          Call me back
        </button>
        <Book id={current.id} step={step} />
        <Write id={current.id} step={step} />
      </div>
      <Problem text={problem.value} />
    </section>
  );
}
