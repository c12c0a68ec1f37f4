/** One past session: read once, again while its transcript is still being written, and after what was done to it. */
import { useSignal, type Signal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";

import { Notes } from "../../call/notes";
import { codeOf, type RefusalCode } from "../../call/refusal";
import { ask } from "../../http";
import type { NotesSave, SessionView, Utterance } from "../../protocol.gen";
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

export interface Opened {
  view: Signal<SessionView | null>;
  refusal: Signal<RefusalCode | null>;
  notes: Notes;
  /** Read it again now. */
  reload: () => Promise<void>;
  /** One utterance as the server has it since. */
  put: (said: Utterance) => void;
}

export function useSession(id: string): Opened {
  const view = useSignal<SessionView | null>(null);
  const refusal = useSignal<RefusalCode | null>(null);
  const opened = useMemo(() => {
    const notes = notesOf(id);
    let timer = 0;
    let isGone = false;
    const reload = async (): Promise<void> => {
      window.clearTimeout(timer);
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
      if (isUnanswered || isGrowing(view.peek()?.transcript ?? "")) {
        timer = window.setTimeout(() => void reload(), AGAIN_MS);
      }
    };
    const put = (said: Utterance): void => {
      const now = view.peek();
      if (!now) return;
      view.value = { ...now, utterances: now.utterances.map((one) => (one.seq === said.seq ? said : one)) };
    };
    const close = (): void => {
      isGone = true;
      window.clearTimeout(timer);
      notes.close();
    };
    return { notes, reload, put, close };
  }, [id]);
  useEffect(() => {
    view.value = null;
    refusal.value = null;
    void opened.reload();
    const stopNotes = on("notes:changed", (stored) => opened.notes.load(stored));
    const flush = () => void opened.notes.flush();
    window.addEventListener("pagehide", flush);
    return () => {
      stopNotes();
      window.removeEventListener("pagehide", flush);
      opened.close();
    };
  }, [opened]);
  return { view, refusal, notes: opened.notes, reload: opened.reload, put: opened.put };
}
