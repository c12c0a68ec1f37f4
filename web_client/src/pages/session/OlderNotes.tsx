/** The notes as they stood at the end of each sitting; any of them can be put under what stands now. */
import { mergeNotes, type Notes } from "../../call/notes";
import { ask } from "../../http";
import type { NotesView } from "../../protocol.gen";
import { Sheet } from "../../ui/Sheet";
import { useFound } from "../../ui/useFound";
import { dateTime } from "../../ui/words";

export function OlderNotes({ id, notes, onClose }: { id: string; notes: Notes; onClose: () => void }) {
  const { found: versions, trouble } = useFound<NotesView[]>(async () => {
    await notes.flush();
    return (await ask("GET /api/sessions/{id}/notes/versions", { params: { id } })).versions;
  });
  return (
    <Sheet
      title="Earlier versions"
      text="Your notes as they stood each time you put them aside."
      onClose={onClose}
      foot={
        <button class="btn btn--quiet" type="button" onClick={onClose}>
          Close
        </button>
      }
    >
      {trouble.value && <p role="alert">{trouble.value}</p>}
      {versions.value?.length === 0 && <p class="sub">Nothing has been saved yet.</p>}
      <ol class="lookback" aria-label="Versions of your notes" aria-busy={versions.value === null && !trouble.value}>
        {versions.value?.map((one, place) => (
          <li key={one.version}>
            <span class="fine">
              {one.saved_at_ms === null ? "" : dateTime(one.saved_at_ms)}
              {place === 0 && ", as it stands"}
            </span>
            <p class="lookback__text">{one.text || "Nothing"}</p>
            {place > 0 && one.text && (
              <button
                class="btn btn--quiet btn--small"
                type="button"
                onClick={() => {
                  notes.edit(mergeNotes(notes.text.value, one.text, "\n\n"));
                  onClose();
                }}
              >
                Put it under the notes
              </button>
            )}
          </li>
        ))}
      </ol>
    </Sheet>
  );
}
