/** What became of a transcript, in words. Pure; knows the states the server names, and says the plain truth of others. */
import type { CallLogEntry, Gap, Utterance } from "../../protocol.gen";
import { clock, duration } from "../../ui/words";

export type Tone = "" | "good" | "warn" | "bad";

const BADGES: Record<string, { text: string; tone: Tone }> = {
  off: { text: "Declined", tone: "" },
  recording: { text: "In progress", tone: "warn" },
  finishing: { text: "In progress", tone: "warn" },
  ready: { text: "Ready", tone: "good" },
  empty: { text: "Nothing was said", tone: "" },
  failed: { text: "Failed", tone: "bad" },
  deleted: { text: "Deleted", tone: "" },
};

/** A test session is about nobody, so nothing has to be written of it. */
export function needsNotes(entry: CallLogEntry): boolean {
  return !entry.has_notes && !entry.is_rehearsal && !entry.are_notes_expired;
}

/** A word or two for a list. */
export function badge(state: string): { text: string; tone: Tone } {
  return BADGES[state] ?? { text: "Not known", tone: "" };
}

const FAILURES: Record<string, string> = {
  key: "The recording could not be opened.",
  engine: "The speech model could not read the recording.",
  language: "The speech model of this server does not know the language of this session.",
};

const DELETIONS: Record<string, string> = {
  retention: "The time for which your practice keeps transcripts is over.",
  erased: "The client was erased; only the fact of the session is left.",
};

export interface Sentence {
  title: string;
  text: string;
  tone: Tone;
}

/** What to say above or instead of the words; null when they are all there. */
export function sentence(state: string, reason: string, toMs: number, name: string): Sentence | null {
  const isModelMissing = reason === "no_model";
  const waits = "The speech model is not there yet; the words follow when it is. Nothing is lost.";
  switch (state) {
    case "ready":
      return null;
    case "recording":
      return {
        title: "The call is being written down",
        text: isModelMissing ? waits : toMs > 0 ? `Written up to ${clock(toMs / 1000)}.` : "The first words follow.",
        tone: "warn",
      };
    case "finishing":
      return {
        title: toMs > 0 ? `Written up to ${clock(toMs / 1000)}` : "The call is being written down",
        text: isModelMissing ? waits : "The rest follows by itself. You can write your notes meanwhile.",
        tone: "warn",
      };
    case "off":
      return {
        title: "No transcript",
        text: `A transcript needs a yes from both of you. Nothing of what you and ${name} said was recorded.`,
        tone: "",
      };
    case "empty":
      return { title: "Nothing was said", text: "There was no speech to write down in this call.", tone: "" };
    case "failed":
      return {
        title: "The transcript could not be made",
        text: `${FAILURES[reason] ?? "Something went wrong while it was written."} Your notes and the session are not affected.`,
        tone: "bad",
      };
    case "deleted":
      return {
        title: "The transcript was deleted",
        text: DELETIONS[reason] ?? "Your notes and the session stay.",
        tone: "",
      };
    default:
      return { title: "No transcript", text: "We cannot say what became of it.", tone: "" };
  }
}

const GAPS: Record<string, (name: string) => string> = {
  paused: () => "the transcript was stopped",
  lost: (name) => `the sound of ${name} did not reach us`,
  reconnect: (name) => `${name} was reconnecting`,
  unreadable: (name) => `the sound of ${name} could not be read`,
};

/** "14 seconds not written down: Sam was reconnecting", "Sam was muted for 1 minute". */
export function gapWords(gap: Gap, name: string): string {
  const seconds = Math.max(1, Math.round((gap.to_ms - gap.from_ms) / 1000));
  if (gap.reason === "muted") return `${name} was muted for ${duration(seconds)}`;
  const why = GAPS[gap.reason]?.(name) ?? `nothing of ${name} was kept`;
  return `${duration(seconds)} not written down: ${why}`;
}

export type Piece = { kind: "said"; said: Utterance } | { kind: "gap"; gap: Gap };

/** Words and gaps in the order of the call. */
export function inOrder(utterances: readonly Utterance[], gaps: readonly Gap[]): Piece[] {
  const pieces: Piece[] = [
    ...utterances.map((said) => ({ kind: "said" as const, said })),
    ...gaps.map((gap) => ({ kind: "gap" as const, gap })),
  ];
  const from = (piece: Piece): number => (piece.kind === "said" ? piece.said.from_ms : piece.gap.from_ms);
  return pieces.sort((a, b) => from(a) - from(b));
}

/** Whether the server may still add words. */
export function isGrowing(state: string): boolean {
  return state === "recording" || state === "finishing";
}
