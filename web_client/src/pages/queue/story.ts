/** A request's history in sentences. Pure: names of therapists and times only, never a client's name or word. */
import type { HistoryLine, QueueRemove } from "../../protocol.gen";
import { duration } from "../../ui/words";

export type Why = QueueRemove["why"];

export const WHYS: Record<Why, string> = {
  asked: "They asked us to",
  elsewhere: "They are being helped elsewhere",
  emergency: "They need emergency help",
  misuse: "It is misuse",
  other: "Another reason",
};

/** Lines of the same kind within a second are told as one. */
const TOGETHER_MS = 1_000;
const NAMED_MAX = 4;

export interface Told {
  atMs: number;
  text: string;
  /** The newer request that was taken instead. */
  otherId: string | null;
}

const STEPS: Record<string, (therapist: string) => string> = {
  Placed: () => "The client asked for someone.",
  Accept: (therapist) => `${therapist} accepted.`,
  ClientAgrees: () => "The client said yes.",
  ClientDeclines: () => "The client chose to keep waiting.",
  ClientCancels: () => "The client cancelled.",
  ClientAsksCallback: () => "The client asked to be called back. Their place is kept.",
  ClientWidens: () => "The client widened the choice of therapists.",
  ClientAbsent: () => "The client was away too long.",
  ClientSilent: () => "The client gave no answer in time.",
  ClientSilentAgain: () => "The client gave no answer in time again.",
  TherapistWithdraws: (therapist) => `${therapist} withdrew.`,
  TherapistAbsent: () => "The therapist who had accepted was away.",
  OwnTherapistAway: () => "Their own therapist was no longer free, so others were asked.",
  OfferWidens: () => "The time of those asked first was over, so more therapists were asked.",
  OperatorRemoves: () => "An operator took it out of the line.",
  NobodyCame: () => "Nobody took it in time.",
  BothJoined: () => "Both joined the session.",
  ClientMissed: () => "The client did not join.",
  TherapistMissed: () => "The therapist did not join.",
  RoomEnded: () => "The session ended.",
  Prompted: () => "The client was asked whether to wait on.",
  CalledBack: () => "Somebody was free, and a text to the client was queued.",
};

function names(people: string[]): string {
  if (people.length > NAMED_MAX) return `${people.slice(0, NAMED_MAX - 1).join(", ")} and ${people.length - NAMED_MAX + 1} more`;
  return people.length < 2 ? (people[0] ?? "") : `${people.slice(0, -1).join(", ")} and ${people.at(-1)}`;
}

function later(behindMs: number | null): string {
  if (behindMs === null) return "after the winner";
  if (behindMs < 1) return "less than a millisecond after the winner";
  return behindMs < 10_000 ? `${behindMs} ms after the winner` : `${duration(behindMs / 1_000)} after the winner`;
}

function sentence(line: HistoryLine): string {
  if (line.kind === "lost") return `${line.therapist} tried to accept, ${later(line.behind_ms)}.`;
  if (line.kind === "passed_over") return `${line.therapist} took a newer request and left this one.`;
  return STEPS[line.kind]?.(line.therapist) ?? line.kind;
}

/** Oldest first, as the lines are. */
export function story(lines: HistoryLine[]): Told[] {
  const told: Told[] = [];
  let shown: { atMs: number; people: string[] } | null = null;
  for (const line of lines) {
    if (line.kind !== "shown") {
      told.push({ atMs: line.at_ms, text: sentence(line), otherId: line.other_id });
      shown = null;
    } else if (shown && line.at_ms - shown.atMs < TOGETHER_MS) {
      shown.people.push(line.therapist);
      told[told.length - 1]!.text = `Shown to ${names(shown.people)}.`;
    } else {
      shown = { atMs: line.at_ms, people: [line.therapist] };
      told.push({ atMs: line.at_ms, text: `Shown to ${line.therapist}.`, otherId: null });
    }
  }
  return told;
}

const ENDS: Record<string, string> = {
  "cancelled client": "Cancelled by the client",
  "cancelled absent": "The client was away",
  "cancelled operator": "Taken out by an operator",
  "cancelled callback": "To be called back",
  "expired nobody": "Nobody took it",
  "expired silent": "The client gave no answer",
  "failed client_missing": "The client did not join",
};

/** What became of a request, in a few words. */
export function outcome(state: string, reason: string): string {
  const words: Record<string, string> = {
    waiting: "Waiting",
    accepted: "Accepted, the client is asked",
    joining: "Both are joining",
    in_call: "In session",
    ended: "Had a session",
  };
  return words[state] ?? ENDS[`${state} ${reason}`] ?? "Ended";
}
