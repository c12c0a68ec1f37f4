/** The yes to the therapist who is here: from now on it is a session. */
import { agree, callPath } from "../call/session";
import { forgetDraft } from "../draft";
import { home } from "../home";
import type { Refusal } from "../http";
import type { RequestView, TherapistCard } from "../protocol.gen";
import { navigate } from "../router";
import { Countdown } from "../ui/Countdown";
import { money } from "../ui/words";
import { YesSheet } from "./YesSheet";

interface Props {
  current: RequestView;
  person: TherapistCard;
  onClose: () => void;
}

export function Terms({ current, person, onClose }: Props) {
  const price = money(current.price_pence);
  const wordsFor = ({ code }: Refusal) => {
    if (code === "insufficient_funds") return `A session costs ${price} and your wallet has less than that. Nothing was taken.`;
    if (code === "no_answer") return "We cannot reach the server just now. Nothing was taken twice; press again and it is the same yes.";
    return undefined;
  };
  return (
    <YesSheet
      person={person}
      offersTranscript={current.therapist_offers_transcript}
      price={
        <>
          {home.value?.allowance ? "one of your sessions" : <span class="num">{price}</span>}, taken only if you talk for two minutes
        </>
      }
      beside={<Countdown untilMs={current.answer_by_ms} size="48px" />}
      onYes={async (yes) => {
        await agree(current, yes);
        forgetDraft();
        navigate(callPath(current.session_id ?? ""), { replace: true });
      }}
      wordsFor={wordsFor}
      onClose={onClose}
    />
  );
}
