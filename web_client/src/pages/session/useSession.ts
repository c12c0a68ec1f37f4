/** One past session: read once, and again while its transcript is still being written. */
import { useSignal, type Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";

import { Notes } from "../../call/notes";
import { codeOf, type RefusalCode } from "../../call/refusal";
import { ask } from "../../http";
import type { NotesSave, SessionView } from "../../protocol.gen";
import { on, type emit } from "../../socket";
import { isGrowing } from "./words";

const AGAIN_MS = 1_500;

/** Notes of a past session go over HTTP; there is no seat in a room to send them from. */
function notesOf(id: string): Notes {
  const save = ((_: "notes:save", { session_id, text, version }: NotesSave) =>
    ask("PUT /api/sessions/{id}/notes", { params: { id: session_id }, body: { text, version } })) as typeof emit;
  const stored = async () => (await ask("GET /api/sessions/{id}", { params: { id } })).notes;
  return new Notes(id, save, stored);
}

interface Opened {
  view: Signal<SessionView | null>;
  refusal: Signal<RefusalCode | null>;
  notes: Notes;
}

export function useSession(id: string): Opened {
  const view = useSignal<SessionView | null>(null);
  const refusal = useSignal<RefusalCode | null>(null);
  const notes = useMemo(() => notesOf(id), [id]);
  useEffect(() => {
    let timer = 0;
    let isGone = false;
    view.value = null;
    refusal.value = null;
    const load = async (): Promise<void> => {
      try {
        const found = await ask("GET /api/sessions/{id}", { params: { id } });
        if (isGone) return;
        if (view.peek() === null) notes.load(found.notes);
        view.value = found;
        refusal.value = null;
      } catch (refused) {
        if (isGone) return;
        refusal.value = codeOf(refused);
      }
      const isUnanswered = refusal.peek() === "no_answer";
      if (isUnanswered || isGrowing(view.peek()?.transcript ?? "")) timer = window.setTimeout(() => void load(), AGAIN_MS);
    };
    void load();
    const stopNotes = on("notes:changed", (stored) => notes.load(stored));
    const flush = () => void notes.flush();
    window.addEventListener("pagehide", flush);
    return () => {
      isGone = true;
      window.clearTimeout(timer);
      stopNotes();
      window.removeEventListener("pagehide", flush);
      notes.close();
    };
  }, [id]);
  return { view, refusal, notes };
}
