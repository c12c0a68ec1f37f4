/** Packages of sessions with this therapist: what is left, and a new one to assign. Each booking draws one. */
import { useSignal } from "@preact/signals";

import { leftWords } from "../../booking_words";
import { ask } from "../../http";
import type { Kind, UserView } from "../../protocol.gen";
import { Icon } from "../../ui/Icon";
import { Problem } from "../../ui/Problem";
import { useCommand } from "../../ui/useCommand";

export function Packages({ user, onChange }: { user: UserView; onChange: (user: UserView) => void }) {
  const id = useSignal(crypto.randomUUID());
  const name = useSignal("");
  const kind = useSignal<Kind>("therapy");
  const sessions = useSignal("6");
  const until = useSignal("");
  const { isBusy, problem, run } = useCommand();
  const assign = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      const count = Number(sessions.value);
      if (!name.value.trim() || !Number.isInteger(count) || count < 1) {
        problem.value = "A package needs a name and a number of sessions.";
        return;
      }
      const body = { id: id.value, name: name.value.trim(), kind: kind.value, sessions: count, ...(until.value ? { until: until.value } : {}) };
      onChange(await ask("POST /api/users/{id}/packages", { params: { id: user.id }, body }));
      id.value = crypto.randomUUID();
      name.value = "";
    });
  };
  return (
    <section class="card stack gap-3" aria-labelledby="packages">
      <h2 id="packages">Packages</h2>
      {user.packages.length === 0 && <p class="sub">No package of yours yet. Sessions are paid from the allowance or the wallet.</p>}
      {user.packages.map((left) => (
        <p key={left.id}>
          <strong class="strong">{left.name}</strong> <span class="fine">{leftWords(left)}</span>
        </p>
      ))}
      <details>
        <summary>Assign a package</summary>
        <form class="stack gap-3 users__form" noValidate onSubmit={assign}>
          <div class="field">
            <label for="package-name">Name</label>
            <input class="input" id="package-name" maxLength={80} value={name.value} onInput={(event) => (name.value = event.currentTarget.value)} />
          </div>
          <div class="avail__two">
            <div class="field">
              <label for="package-kind">For</label>
              <span class="select">
                <select class="input" id="package-kind" value={kind.value} onChange={(event) => (kind.value = event.currentTarget.value as Kind)}>
                  <option value="therapy">Therapy</option>
                  <option value="coaching">Coaching</option>
                </select>
                <Icon name="chevron-down" />
              </span>
            </div>
            <div class="field">
              <label for="package-sessions">Sessions</label>
              <input class="input" id="package-sessions" type="number" min={1} max={1000} value={sessions.value} onInput={(event) => (sessions.value = event.currentTarget.value)} />
            </div>
          </div>
          <div class="field">
            <label for="package-until">Until</label>
            <input class="input" id="package-until" type="date" value={until.value} onInput={(event) => (until.value = event.currentTarget.value)} />
            <span class="hint">Leave it empty for no end.</span>
          </div>
          <div>
            <button class="btn btn--primary" type="submit" aria-busy={isBusy.value}>
              Assign
            </button>
          </div>
        </form>
      </details>
      <Problem text={problem.value} />
    </section>
  );
}
