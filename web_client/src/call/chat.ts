/**
 * The chat of one session: stored lines in order of their sequence, and what this page has not got through yet.
 * Knows no page. Easy to break: a line is sent under the id made here until it is acknowledged, also after a reload;
 * the server takes the same id once, so sending again never doubles it.
 */
import { computed, signal } from "@preact/signals";

import type { ChatLine, Seat } from "../protocol.gen";
import type { emit } from "../socket";
import { codeOf, isFinal } from "./refusal";

const RETRY_MS = 1_500;

export interface Unsent {
  id: string;
  text: string;
  /** The server will never take it; the words stay so that they can be copied. */
  isRefused: boolean;
}

/** Each line once, in order of its sequence. */
export function merge(lines: readonly ChatLine[], arriving: readonly ChatLine[]): ChatLine[] {
  const bySeq = new Map(lines.map((line) => [line.seq, line]));
  for (const line of arriving) bySeq.set(line.seq, line);
  return [...bySeq.values()].sort((one, other) => one.seq - other.seq);
}

/** The last sequence up to which nothing is missing: where to ask "since" from. */
export function contiguous(lines: readonly ChatLine[]): number {
  let seq = 0;
  for (const line of lines) {
    if (line.seq !== seq + 1) break;
    seq = line.seq;
  }
  return seq;
}

export class Chat {
  readonly lines = signal<ChatLine[]>([]);
  readonly unsent = signal<Unsent[]>([]);
  /** What is being written; it outlives a reload. */
  readonly draft = signal("");
  readonly isOpen = signal(false);
  readonly unread = computed(() =>
    this.isOpen.value ? 0 : this.lines.value.filter((line) => line.seat !== this.seat && line.seq > this.readTo.value).length,
  );

  private readonly readTo = signal(0);
  private readonly sessionId: string;
  private readonly seat: Seat;
  private readonly say: typeof emit;
  private isFlushing = false;
  private isAsking = false;
  private isClosed = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(sessionId: string, seat: Seat, say: typeof emit) {
    this.sessionId = sessionId;
    this.seat = seat;
    this.say = say;
    this.unsent.value = read<Unsent[]>(this.key("unsent"), []);
    this.readTo.value = read<number>(this.key("read"), 0);
    this.draft.value = read<string>(this.key("draft"), "");
  }

  write(text: string): void {
    this.draft.value = text;
    write(this.key("draft"), text);
  }

  /** Send what is being written. */
  send(): void {
    const words = this.draft.value.trim();
    if (!words) return;
    this.write("");
    this.keep([...this.unsent.value, { id: crypto.randomUUID(), text: words, isRefused: false }]);
    void this.flush();
  }

  /** On every connect: what was said meanwhile, then what waits here. */
  async resume(): Promise<void> {
    await this.askSince();
    await this.flush();
  }

  add(line: ChatLine): void {
    if (line.session_id !== this.sessionId) return;
    this.lines.value = merge(this.lines.value, [line]);
    if (this.unsent.value.some(({ id }) => id === line.id)) {
      this.keep(this.unsent.value.filter(({ id }) => id !== line.id));
    }
    if (this.isOpen.value) this.markRead();
    this.noticeSeq(line.seq);
  }

  /** The room says how far the chat has come; a hole is asked for. */
  noticeSeq(seq: number): void {
    if (seq > contiguous(this.lines.value)) void this.askSince();
  }

  setOpen(isOpen: boolean): void {
    this.isOpen.value = isOpen;
    if (isOpen) this.markRead();
  }

  /** No more tries; what is unsent stays kept. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  private markRead(): void {
    this.readTo.value = this.lines.value.at(-1)?.seq ?? this.readTo.value;
    write(this.key("read"), this.readTo.value);
  }

  private async askSince(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      const { lines } = await this.say("chat:since", { session_id: this.sessionId, seq: contiguous(this.lines.value) });
      const known = new Set(lines.map(({ id }) => id));
      this.lines.value = merge(this.lines.value, lines);
      this.keep(this.unsent.value.filter(({ id }) => !known.has(id)));
      if (this.isOpen.value) this.markRead();
    } catch {
      // Without a connection there is nothing to do: `resume` asks again on the next one.
    } finally {
      this.isAsking = false;
    }
  }

  /** One at a time, so that lines arrive in the order in which they were written. */
  private async flush(): Promise<void> {
    if (this.isFlushing) return;
    this.isFlushing = true;
    clearTimeout(this.timer);
    try {
      for (let next = this.next(); next; next = this.next()) {
        const line = await this.say("chat:send", { session_id: this.sessionId, id: next.id, text: next.text });
        this.add(line);
        this.keep(this.unsent.value.filter(({ id }) => id !== line.id));
      }
    } catch (refusal) {
      const refused = this.next();
      if (refused && isFinal(codeOf(refusal))) {
        this.keep(this.unsent.value.map((line) => (line.id === refused.id ? { ...line, isRefused: true } : line)));
      }
      if (!this.isClosed) this.timer = setTimeout(() => void this.flush(), RETRY_MS);
    } finally {
      this.isFlushing = false;
    }
    if (!this.next()) clearTimeout(this.timer);
  }

  private next(): Unsent | undefined {
    return this.unsent.value.find(({ isRefused }) => !isRefused);
  }

  private keep(unsent: Unsent[]): void {
    this.unsent.value = unsent;
    write(this.key("unsent"), unsent);
  }

  private key(what: string): string {
    return `chat:${what}:${this.sessionId}`;
  }
}

function read<T>(key: string, otherwise: T): T {
  const kept = sessionStorage.getItem(key);
  return kept === null ? otherwise : (JSON.parse(kept) as T);
}

function write(key: string, value: unknown): void {
  sessionStorage.setItem(key, JSON.stringify(value));
}
