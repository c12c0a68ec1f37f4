/** A client under 18: the written consent of a parent or guardian, given as a file and read by an operator. */
import { useSignal } from "@preact/signals";

import { ask } from "../http";
import type { GuardianView, PaperView } from "../protocol.gen";
import { Crisis } from "../ui/Crisis";
import { Field } from "../ui/Field";
import { FileButton } from "../ui/FileButton";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { e164 } from "../ui/phone";
import { Problem } from "../ui/Problem";
import { useCommand } from "../ui/useCommand";
import { useFound } from "../ui/useFound";
import { useKept } from "../ui/useKept";
import { day } from "../ui/words";
import "../styles/client.css";

const STATES: Record<GuardianView["state"], string> = {
  none_needed: "You are of age: nothing is needed.",
  missing: "Before your first session a parent or guardian has to agree in writing.",
  sent: "We have it and read it within two working days. You may send another one meanwhile.",
  refused: "We could not accept what was sent.",
  accepted: "All is well: you can talk to someone.",
  expired: "The consent has ended. Please send a new one.",
};

function Give({ onSent }: { onSent: (view: GuardianView) => void }) {
  const paper = useSignal<PaperView | null>(null);
  const name = useKept("guardian:name", "");
  const relation = useKept("guardian:relation", "");
  const phone = useKept("guardian:phone", "");
  const { isBusy, problem, run } = useCommand();
  const give = (file: File) => void run(async () => void (paper.value = await ask("POST /api/guardian/papers", { file })));
  const send = (event: Event) => {
    event.preventDefault();
    const number = e164(phone.value);
    if (!paper.value) return void (problem.value = "Please add the signed paper.");
    if (!number) return void (problem.value = "Please type a number we can ring, for example 07700 900123.");
    const body = { paper_id: paper.value.id, name: name.value.trim(), relation: relation.value.trim(), phone: number };
    void run(async () => {
      onSent(await ask("POST /api/guardian", { body }));
      name.value = relation.value = phone.value = "";
    });
  };
  return (
    <form class="card stack" aria-labelledby="give" onSubmit={send}>
      <h2 id="give">Give it to us</h2>
      <p class="sub">
        A short letter is enough: “I agree that (your name, date of birth) has sessions with therapists of Quick Connect. They
        may, or may not, be written down as text”, with the date and a signature. A photo or a PDF will do.
      </p>
      <div class="cluster">
        <FileButton accept="application/pdf,image/jpeg,image/png,image/webp" isBusy={isBusy.value} onFile={give}>
          {paper.value ? "Choose another file" : "Add the signed paper"}
        </FileButton>
        <span role="status">{paper.value?.name}</span>
      </div>
      <Field label="Who signed it" value={name} maxLength={80} />
      <Field label="Who they are to you" value={relation} maxLength={80} hint="For example: my mother" />
      <Field label="Their phone number" type="tel" value={phone} maxLength={40} hint="We may ring to make sure. Nothing you say in a session is told to them." />
      <Problem text={problem.value} />
      <button class="btn btn--primary" type="submit" aria-busy={isBusy.value}>
        Send it
      </button>
    </form>
  );
}

export function GuardianPage() {
  const { found, trouble } = useFound(() => ask("GET /api/guardian"));
  const view = found.value;
  return (
    <Frame title="Guardian’s consent" look="page--narrow" hasCrisis>
      <div class="pagehead">
        <h1>Guardian’s consent</h1>
      </div>
      <div class="stack gap-5">
        <Problem text={trouble.value} />
        {view && (
          <div class={view.state === "accepted" ? "banner banner--good" : "banner"} role="status">
            <Icon name={view.state === "accepted" ? "shield-check" : "info"} />
            <div>
              <p>{STATES[view.state]}</p>
              {view.words && <p>{view.words}</p>}
              {view.state === "accepted" && view.good_until && <p>It holds until {day(view.good_until)}.</p>}
            </div>
          </div>
        )}
        {view && view.state !== "none_needed" && <Give key={view.state} onSent={(sent) => (found.value = sent)} />}
        <p class="sub">
          Someone to talk to right now, free and in confidence: Childline, <a href="tel:08001111">0800 1111</a>.
        </p>
        <Crisis />
      </div>
    </Frame>
  );
}
