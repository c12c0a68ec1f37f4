/**
 * Where the link in a therapist's invitation leads: to an account of one's own, or, with one, to becoming their client.
 * Easy to break: the path keeps the code through signing in, which is how somebody with an account comes to accept.
 */
import { useSignal } from "@preact/signals";

import { ask } from "../http";
import type { Invited } from "../protocol.gen";
import { me } from "../state";
import { Crisis } from "../ui/Crisis";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { Problem } from "../ui/Problem";
import { useCommand } from "../ui/useCommand";
import { useFound } from "../ui/useFound";
import { JoinPage } from "./Join";
import "../styles/client.css";

function Newcomer({ invited }: { invited: Invited }) {
  return (
    <>
      <p class="sub">To book sessions with them, to meet by video and to write to each other.</p>
      <a class="btn btn--primary btn--wide" href={`/invited/${invited.code}/join`}>
        Create an account
      </a>
      <a class="btn btn--quiet btn--wide" href={`/invited/${invited.code}/sign-in`}>
        I have an account
      </a>
    </>
  );
}

function Client({ invited }: { invited: Invited }) {
  const isAccepted = useSignal(false);
  const { isBusy, problem, run } = useCommand();
  const accept = () =>
    void run(async () => {
      await ask("POST /api/invitations/accept", { body: { code: invited.code } });
      isAccepted.value = true;
    });
  if (isAccepted.value) {
    return (
      <>
        <p role="status">{invited.by_name} is your therapist here from now on.</p>
        <a class="btn btn--primary btn--wide" href={`/book/with/${invited.therapist_id}`}>
          Book a session
        </a>
        <a class="btn btn--quiet btn--wide" href={`/messages/with/${invited.therapist_id}`}>
          Write to them
        </a>
        <a class="line-link" href="/">
          Home
        </a>
      </>
    );
  }
  return (
    <>
      <p class="sub">They will be asked first whenever you look for someone, and see your name among their clients.</p>
      <button class="btn btn--primary btn--wide" type="button" aria-busy={isBusy.value} onClick={accept}>
        Accept the invitation
      </button>
      <Problem text={problem.value} />
      <a class="line-link" href="/">
        Not now
      </a>
    </>
  );
}

/** `isJoining`: they chose to make an account. */
export function InvitedPage({ code, isJoining }: { code: string; isJoining: boolean }) {
  const { found, trouble } = useFound(() => ask("POST /api/invitations/find", { body: { code } }));
  const invited = found.value;
  if (invited && isJoining) return <JoinPage invited={invited} />;
  return (
    <Frame title="Invitation" look="door lit" hasCrisis>
      <div class="stack gap-6">
        <h1>{invited ? `${invited.by_name} invites you` : "Invitation"}</h1>
        {!invited && !trouble.value && <p role="status">One moment…</p>}
        {trouble.value && (
          <>
            <Problem text={trouble.value} />
            <a class="line-link" href="/">
              <Icon name="arrow-left" small />
              {me.value ? "Home" : "Sign in or create an account"}
            </a>
          </>
        )}
        {invited && (me.value ? <Client invited={invited} /> : <Newcomer invited={invited} />)}
        <hr class="rule" />
        <Crisis />
      </div>
    </Frame>
  );
}
