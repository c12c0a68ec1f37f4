/** The notes of a past session, saved while they are written. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import type { Notes } from "../../call/notes";
import { Icon } from "../../ui/Icon";
import { later } from "../../ui/later";

const older = later(async () => (await import("./OlderNotes")).OlderNotes, { isPart: true });
const NOTES_MAX = 50_000;

function savedWords(notes: Notes): string {
  if (notes.state.value === "saved") return notes.savedAtMs.value === null ? "Saved as you write" : "Saved";
  return notes.isFailing.value ? "Not saved yet, trying again" : "Saving…";
}

/** Nothing more is written about somebody who was erased. */
export function NoNotes() {
  return (
    <section class="card card--flush sess__notes" id="notes" aria-label="Session notes">
      <div class="sess__bar">
        <h2>Session notes</h2>
      </div>
      <p class="banner sess__prog">This client was erased, and your notes about them too.</p>
    </section>
  );
}

export function NotesPaper({ id, notes, isExpired }: { id: string; notes: Notes; isExpired: boolean }) {
  const isLookingBack = useSignal(false);
  useEffect(older.fetchAhead, []);
  const isSaved = notes.state.value === "saved";
  return (
    <section class="card card--flush sess__notes" id="notes" aria-label="Session notes">
      <div class="sess__bar">
        <h2>Session notes</h2>
        <span class={isSaved ? "saved" : "saved saved--not"} role="status">
          {isSaved && <Icon name="check" small />}
          {savedWords(notes)}
        </span>
      </div>
      {notes.wasMerged.value && (
        <p class="banner banner--warn sess__prog" role="status">
          These notes were also changed in another window. Both are kept: the other text stands below yours.
        </p>
      )}
      {isExpired && (
        <p class="banner sess__prog">
          Earlier notes were deleted: the time for which your practice keeps notes was over.
        </p>
      )}
      <textarea
        class="paper"
        aria-label="Session notes"
        placeholder="Notes for this session"
        spellcheck={true}
        maxLength={NOTES_MAX}
        value={notes.text.value}
        onInput={(event) => notes.edit(event.currentTarget.value)}
        onBlur={() => void notes.flush()}
      />
      <p class="paper__print" aria-hidden="true">
        {notes.text.value || "No notes."}
      </p>
      <div class="sess__foot">
        <p class="micro">Only you can read these notes. They are kept in this window until they are saved.</p>
        <button class="btn btn--text btn--small" type="button" onClick={() => (isLookingBack.value = true)}>
          <Icon name="history" small />
          Earlier versions
        </button>
      </div>
      {isLookingBack.value && <older.Page id={id} notes={notes} onClose={() => (isLookingBack.value = false)} />}
    </section>
  );
}
