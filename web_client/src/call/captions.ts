/**
 * What a machine hears of the other person, for whoever has turned it on here. Knows no page.
 * Easy to break: lines are shown to this person alone and kept nowhere; the transcript is heard anew from the sound.
 */
import { signal } from "@preact/signals";

import type { CaptionView } from "../protocol.gen";

const LINES_MAX = 100;

/** A line more, each once, in the order in which it was spoken; the oldest go. */
export function withLine(lines: readonly CaptionView[], arriving: CaptionView): CaptionView[] {
  if (lines.some(({ id }) => id === arriving.id)) return [...lines];
  return [...lines, arriving].sort((one, other) => one.from_ms - other.from_ms).slice(-LINES_MAX);
}

export class Captions {
  readonly lines = signal<CaptionView[]>([]);

  private readonly sessionId: string;

  constructor(sessionId: string) {
    this.sessionId = sessionId;
  }

  add(line: CaptionView): void {
    if (line.session_id === this.sessionId) this.lines.value = withLine(this.lines.value, line);
  }

  clear(): void {
    this.lines.value = [];
  }
}
