/** After a client stopped the transcript: whether what was written so far shall be deleted. Escape keeps it. */
import type { Call } from "../../call/call";
import { otherOf } from "../../call/sentences";
import { Question } from "./Question";

export function Forget({ call }: { call: Call }) {
  const room = call.room.value;
  if (call.forgetting.value === "" || !room) return null;
  const close = () => (call.forgetting.value = "");
  const name = otherOf(room).first_name;
  if (call.forgetting.value === "refused") {
    return (
      <Question
        title="It could not be deleted"
        text="The transcript has stopped. What was written so far has to be kept for now; please ask our team about it."
        yes="Try again"
        no="Close"
        onYes={() => void call.forget()}
        onNo={close}
      />
    );
  }
  return (
    <Question
      title="The transcript has stopped"
      text={`Nothing more is written down. What was said so far can stay with ${name}, or be deleted for both of you; that cannot be undone. The call goes on either way.`}
      yes="Delete what was written"
      no="Keep it"
      onYes={() => void call.forget()}
      onNo={close}
    />
  );
}
