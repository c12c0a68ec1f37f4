/**
 * The second step of signing in: set up by a QR code, proved by a first code, and the recovery codes shown once.
 * Easy to break: seed and codes live in this component's memory alone and are kept nowhere.
 */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask } from "../../http";
import type { SecondStepSeed, SecondStepView } from "../../protocol.gen";
import { Field } from "../../ui/Field";
import { Problem } from "../../ui/Problem";
import { useCommand } from "../../ui/useCommand";

function Codes({ codes, onDone }: { codes: string[]; onDone: () => void }) {
  const said = useSignal("");
  const copy = async () => {
    await navigator.clipboard.writeText(codes.join("\n"));
    said.value = "Copied.";
  };
  return (
    <div class="stack">
      <p role="status">
        <strong class="strong">Keep these ten codes</strong> somewhere that is not this device. Each opens your account one
        time when you have no app at hand. They are not shown again.
      </p>
      <ul class="codes num">
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </ul>
      <div class="cluster">
        <button class="btn btn--primary" type="button" onClick={onDone}>
          I have kept them
        </button>
        <button class="btn btn--quiet" type="button" onClick={() => void copy()}>
          Copy them
        </button>
      </div>
      <p class="fine" role="status">
        {said.value}
      </p>
    </div>
  );
}

function SetUp({ seed, onCodes }: { seed: SecondStepSeed; onCodes: (codes: string[]) => void }) {
  const code = useSignal("");
  const { isBusy, problem, run } = useCommand();
  const confirm = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      onCodes((await ask("POST /api/account/second-step/confirm", { body: { code: code.value } })).codes);
    });
  };
  return (
    <form class="stack" onSubmit={confirm}>
      <p>Scan this with an authenticator app on your phone, then type the six digits that it shows.</p>
      <svg class="qr" viewBox={`0 0 ${seed.qr_size} ${seed.qr_size}`} role="img" aria-label="QR code for the app">
        <path d={seed.qr_path} stroke="#000" />
      </svg>
      <details class="account__more">
        <summary>Type the key instead</summary>
        <p class="qr__key num">{seed.seed.match(/.{1,4}/g)?.join(" ")}</p>
      </details>
      <Field label="Code from the app" value={code} inputMode="numeric" autoComplete="one-time-code" maxLength={10} problem={problem.value} />
      <button class="btn btn--primary" type="submit" aria-busy={isBusy.value}>
        Turn it on
      </button>
    </form>
  );
}

/** Ask for the present password, then do it. */
function WithPassword({ label, look, onSend }: { label: string; look: string; onSend: (present: string) => Promise<void> }) {
  const present = useSignal("");
  const { isBusy, problem, run } = useCommand();
  const go = (event: Event) => {
    event.preventDefault();
    void run(() => onSend(present.value));
  };
  return (
    <form class="stack" onSubmit={go}>
      <Field label="Present password" type="password" value={present} autoComplete="current-password" />
      <button class={`btn ${look}`} type="submit" aria-busy={isBusy.value}>
        {label}
      </button>
      <Problem text={problem.value} />
    </form>
  );
}

function TurnedOn({ view, onCodes, onOff }: { view: SecondStepView; onCodes: (codes: string[]) => void; onOff: () => void }) {
  return (
    <>
      <p>
        <span class="badge badge--good">On</span> Signing in asks for a code from your app as well.{" "}
        {view.recovery_left} recovery {view.recovery_left === 1 ? "code is" : "codes are"} left.
      </p>
      <details class="account__more">
        <summary>New recovery codes</summary>
        <WithPassword
          label="Make ten new codes"
          look="btn--quiet"
          onSend={async (present) => onCodes((await ask("POST /api/account/second-step/recovery", { body: { present } })).codes)}
        />
      </details>
      <details class="account__more">
        <summary>{view.is_required ? "Move to another phone" : "Turn it off"}</summary>
        {view.is_required && <p class="sub">It is turned off, and nothing else opens until it is set up anew.</p>}
        <WithPassword
          label={view.is_required ? "Set it up anew" : "Turn it off"}
          look="btn--danger-quiet"
          onSend={async (present) => {
            await ask("POST /api/account/second-step/off", { body: { present } });
            if (view.is_required) window.location.assign("/");
            else onOff();
          }}
        />
      </details>
    </>
  );
}

/** `onDone`: it is on and the codes were seen. `asksPassword` false at a first sign-in, which has just asked for it. */
export function SecondStepSetUp({ asksPassword, onDone }: { asksPassword: boolean; onDone: () => void }) {
  const seed = useSignal<SecondStepSeed | null>(null);
  const codes = useSignal<string[]>([]);
  const { isBusy, problem, run } = useCommand();
  const begin = async (present: string) => {
    seed.value = await ask("POST /api/account/second-step", { body: { present } });
  };
  if (codes.value.length > 0) return <Codes codes={codes.value} onDone={onDone} />;
  if (seed.value) return <SetUp seed={seed.value} onCodes={(made) => (codes.value = made)} />;
  if (asksPassword) return <WithPassword label="Set it up" look="btn--quiet" onSend={begin} />;
  return (
    <div class="stack">
      <button class="btn btn--primary btn--wide" type="button" aria-busy={isBusy.value} onClick={() => void run(() => begin(""))}>
        Set it up
      </button>
      <Problem text={problem.value} />
    </div>
  );
}

export function SecondStep() {
  const view = useSignal<SecondStepView | null>(null);
  const codes = useSignal<string[]>([]);
  const { problem, run } = useCommand();
  const look = () => void run(async () => void (view.value = await ask("GET /api/account/second-step")));
  useEffect(look, []);
  const done = () => {
    codes.value = [];
    look();
  };
  return (
    <section class="card stack" aria-labelledby="second-step">
      <h2 id="second-step">Second step</h2>
      <Problem text={problem.value} />
      {codes.value.length > 0 ? (
        <Codes codes={codes.value} onDone={done} />
      ) : view.value?.is_on ? (
        <TurnedOn view={view.value} onCodes={(made) => (codes.value = made)} onOff={look} />
      ) : (
        view.value && (
          <>
            <p class="sub">A code from an app on your phone, beside the password: who learns the one still lacks the other.</p>
            <details class="account__more">
              <summary>Turn it on</summary>
              <SecondStepSetUp asksPassword onDone={done} />
            </details>
          </>
        )
      )}
    </section>
  );
}
