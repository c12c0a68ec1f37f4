/** The equal choice about a transcript; refusing it changes nothing else. */
import type { TermsView, TherapistCard } from "../protocol.gen";

export function TranscriptChoice({ person, terms, wants, onChoose }: {
  person: TherapistCard;
  terms: TermsView | null;
  wants: boolean;
  onChoose: (wants: boolean) => void;
}) {
  return (
    <fieldset class="stack gap-2">
      <legend class="label">A written transcript, if you like</legend>
      <p class="fine">
        It helps {person.first_name} with the notes. The sound is not kept. You can change your mind at any time, and
        saying no changes nothing else.
      </p>
      <div class="terms__two">
        <label class="choice choice--dot">
          <input type="radio" name="transcript" checked={!wants} onChange={() => onChoose(false)} />
          <span>
            <strong class="strong">No transcript</strong>
          </span>
        </label>
        <label class="choice choice--dot">
          <input type="radio" name="transcript" checked={wants} onChange={() => onChoose(true)} />
          <span>
            <strong class="strong">Make a transcript</strong>
          </span>
        </label>
      </div>
      {terms && (
        <details>
          <summary>How a transcript is made</summary>
          <p class="terms__text">{terms.transcript_text.trim()}</p>
        </details>
      )}
    </fieldset>
  );
}
