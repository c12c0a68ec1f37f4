/** Where one is signed in, and the way to end it there or everywhere. */
import { ask } from "../../http";
import type { SignInLine } from "../../protocol.gen";
import { me } from "../../state";
import { Problem } from "../../ui/Problem";
import { useCommand } from "../../ui/useCommand";
import { useFound } from "../../ui/useFound";
import { dateTime } from "../../ui/words";

export function SignIns() {
  const { found, trouble } = useFound(() => ask("GET /api/account/sign-ins"));
  const { isBusy, problem, said, run } = useCommand();
  const end = (line: SignInLine) =>
    void run(async () => {
      found.value = await ask("POST /api/account/sign-ins/{id}/end", { params: { id: line.id } });
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
        {found.value?.sign_ins.map((line) => (
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
      <Problem text={problem.value || trouble.value} />
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
