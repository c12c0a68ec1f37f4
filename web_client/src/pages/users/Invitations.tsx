/** A therapist's own clients, invited by mail: the form, and those who have not come yet. */
import { useSignal } from "@preact/signals";

import { ask } from "../../http";
import type { Invitation, Invitations as InvitationsView } from "../../protocol.gen";
import { Field } from "../../ui/Field";
import { Problem } from "../../ui/Problem";
import { useCommand } from "../../ui/useCommand";
import { useFound } from "../../ui/useFound";
import { dateTime } from "../../ui/words";

interface LineProps {
  one: Invitation;
  onAgain: () => void;
  onTakeBack: () => void;
  onCopy: () => void;
}

function Line({ one, onAgain, onTakeBack, onCopy }: LineProps) {
  const isOver = one.until_ms < Date.now();
  return (
    <li class="row row--wrap">
      <span class="row__main">
        <strong class="strong">{one.email}</strong>
        <span class="fine">
          Invited {dateTime(one.made_at_ms)}, {isOver ? "ran out" : "holds until"} {dateTime(one.until_ms)}
        </span>
      </span>
      <span class="cluster">
        <button class="btn btn--text btn--small" type="button" aria-label={`Send again to ${one.email}`} onClick={onAgain}>
          Send again
        </button>
        {!isOver && (
          <button class="btn btn--text btn--small" type="button" aria-label={`Copy link for ${one.email}`} onClick={onCopy}>
            Copy link
          </button>
        )}
        <button class="btn btn--text btn--small" type="button" aria-label={`Take back the invitation of ${one.email}`} onClick={onTakeBack}>
          Take back
        </button>
      </span>
    </li>
  );
}

export function Invitations() {
  const { found, trouble } = useFound<InvitationsView>(() => ask("GET /api/invited"));
  const email = useSignal("");
  const { isBusy, problem, said, run } = useCommand();
  const send = (to: string) =>
    run(async () => void (found.value = await ask("POST /api/invited", { body: { email: to } })), `The invitation is on its way to ${to}.`);
  const invite = (event: Event) => {
    event.preventDefault();
    const to = email.value.trim();
    void send(to).then((isSent) => isSent && email.peek().trim() === to && (email.value = ""));
  };
  const takeBack = (one: Invitation) =>
    void run(
      async () => void (found.value = await ask("POST /api/invited/take-back", { body: { code: one.code } })),
      `The link sent to ${one.email} opens nothing any more.`,
    );
  const copy = (one: Invitation) => void run(() => navigator.clipboard.writeText(one.link), "Copied.");
  const open = found.value?.invitations ?? [];
  return (
    <section class="card stack" aria-labelledby="invite">
      <h2 id="invite">Invite a client of yours</h2>
      <form class="stack" onSubmit={invite}>
        <Field
          label="Their e-mail address"
          type="email"
          value={email}
          maxLength={254}
          hint="They get a link that opens an account with you as their therapist. It works once."
        />
        <div>
          <button class="btn btn--quiet" type="submit" aria-busy={isBusy.value}>
            Send an invitation
          </button>
        </div>
        <Problem text={problem.value || trouble.value} />
        <p class="fine" role="status">
          {said.value}
        </p>
      </form>
      {open.length > 0 && (
        <ul class="rows" aria-label="Invited, not here yet">
          {open.map((one) => (
            <Line key={one.code} one={one} onAgain={() => void send(one.email)} onTakeBack={() => takeBack(one)} onCopy={() => copy(one)} />
          ))}
        </ul>
      )}
    </section>
  );
}
