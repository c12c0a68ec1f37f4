/** The therapist's notes, with the state of saving always in view. */
import { serverNow, secondsTick } from "../../call/clock";
import type { Notes } from "../../call/notes";
import { CallIcon } from "./CallIcon";

const NOTES_MAX = 50_000;
const NOT_SAVED = "Not saved yet; kept in this window";

function savedText(notes: Notes): string {
  const at = notes.savedAtMs.value;
  if (at === null) return "Saved as you write";
  const seconds = Math.max(0, Math.round((Math.max(secondsTick.value, serverNow()) - at) / 1000));
  if (seconds < 5) return "Saved just now";
  if (seconds < 60) return `Saved ${seconds} seconds ago`;
  const minutes = Math.round(seconds / 60);
  return minutes === 1 ? "Saved a minute ago" : `Saved ${minutes} minutes ago`;
}

function SavedSign({ notes }: { notes: Notes }) {
  if (notes.state.value === "saved") {
    return (
      <span class="saved">
        <CallIcon name="check" small />
        <span class="num">{savedText(notes)}</span>
      </span>
    );
  }
  return <span class="saved saved--not">{notes.isFailing.value ? NOT_SAVED : "Saving…"}</span>;
}

export function NotesPanel({ notes }: { notes: Notes }) {
  return (
    <>
      {notes.wasMerged.value && (
        <p class="banner banner--warn notes__told" role="status">
          These notes were also changed in another window. Both are kept: the other text stands below yours.
        </p>
      )}
      <div class="panel__body notes">
        <textarea
          class="notes__paper"
          aria-label="Session notes"
          spellcheck={true}
          maxLength={NOTES_MAX}
          placeholder="Notes for this session"
          value={notes.text.value}
          onInput={(event) => notes.edit(event.currentTarget.value)}
          onBlur={() => void notes.flush()}
        />
      </div>
      <div class="panel__foot split">
        <SavedSign notes={notes} />
        <span class="sr" role="status">
          {notes.isFailing.value ? NOT_SAVED : ""}
        </span>
        <span class="micro">Only you can read this</span>
      </div>
    </>
  );
}
