/** The first sign-in of somebody who may not do without the second step: nothing else opens before it is set up. */
import { Frame } from "../ui/Frame";
import { signOut } from "../ui/signOut";
import { useCommand } from "../ui/useCommand";
import { SecondStepSetUp } from "./account/SecondStep";
import "../styles/client.css";
import "./Account.css";

export function EnrolPage() {
  const { problem, run } = useCommand();
  return (
    <Frame title="One more step" look="door" links={false}>
      <div class="stack gap-5">
        <h1>One more step</h1>
        <p>
          You read what people tell in confidence. So that a password alone never opens it, signing in also asks for a code
          from an app on your phone. This takes a minute, once.
        </p>
        <SecondStepSetUp asksPassword={false} onDone={() => window.location.assign("/")} />
        <button class="btn btn--text" type="button" onClick={() => void run(signOut)}>
          Sign out
        </button>
        <p class="error" role="alert">
          {problem.value}
        </p>
      </div>
    </Frame>
  );
}
