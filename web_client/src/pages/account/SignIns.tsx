/** Where one is signed in, and the way to end it there or everywhere. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask } from "../../http";
import type { SignInLine } from "../../protocol.gen";
import { me } from "../../state";
import { Problem } from "../../ui/Problem";
import { useCommand } from "../../ui/useCommand";
import { dateTime } from "../../ui/words";

export function SignIns() {
  const lines = useSignal<SignInLine[] | null>(null);
  const { isBusy, problem, said, run } = useCommand();
  useEffect(() => void run(async () => void (lines.value = (await ask("GET /api/account/sign-ins")).sign_ins)), []);
  const end = (line: SignInLine) =>
    void run(async () => {
      lines.value = (await ask("POST /api/account/sign-ins/{id}/end", { params: { id: line.id } })).sign_ins;
    }, "That browser is signed out.");
  const endAll = () =>
    void run(async () => {
      await ask("POST /api/account/sign-out-everywhere");
      sessionStorage.clear();
      window.location.assign("/");
    });
  const isClient = me.value?.role === "client";
  return (
    <section class="card stack" aria-labelledby="sign-ins">
      <h2 id="sign-ins">Where you are signed in</h2>
      <ul class="rows">
        {lines.value?.map((line) => (
          <li key={line.id} class="row">
            <span class="row__main">
              <strong class="strong">{line.agent || "A browser"}</strong>
              <span class="fine account__mail">
                {line.is_this ? "This one. " : ""}Since {dateTime(line.made_at_ms, isClient)}, last used {dateTime(line.used_at_ms, isClient)}
                {line.address && `, from ${line.address}`}
              </span>
            </span>
            {!line.is_this && (
              <button
                class="btn btn--quiet btn--small"
                type="button"
                aria-label={`Sign out ${line.agent}`}
                onClick={() => end(line)}
              >
                Sign out
              </button>
            )}
          </li>
        ))}
      </ul>
      <Problem text={problem.value} />
      <p class="fine account__said" role="status">
        {said.value}
      </p>
      <div>
        <button class="btn btn--danger-quiet" type="button" aria-busy={isBusy.value} onClick={endAll}>
          Sign out everywhere
        </button>
      </div>
    </section>
  );
}
