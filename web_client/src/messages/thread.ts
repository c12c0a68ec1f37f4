/**
 * One conversation on this page: what is stored, and what this page has not got through yet. Knows no HTML.
 * Easy to break: a message is sent under the id made here until it is acknowledged, also after a reload; the server
 * takes the same id once, so sending again never doubles it. A file goes ahead of its message, under an id of its own.
 */
import { signal } from "@preact/signals";

import { codeOf, isFinal } from "../call/refusal";
import { ask } from "../http";
import type { ConversationView, FileView, MessageView } from "../protocol.gen";
import { takeConversation } from "./inbox";
import { upload } from "./upload";

const RETRY_MS = 3_000;

export interface Unsent {
  id: string;
  text: string;
  file: FileView | null;
  /** The server will never take it; the words stay so that they can be copied. */
  isRefused: boolean;
}

export interface Arriving {
  name: string;
  /** 0 to 1; null when it has not begun. */
  share: number | null;
  problem: string;
}

/** Each message once, in order of its sequence. */
export function merged(held: readonly MessageView[], arriving: readonly MessageView[]): MessageView[] {
  const bySeq = new Map(held.map((message) => [message.seq, message]));
  for (const message of arriving) bySeq.set(message.seq, message);
  return [...bySeq.values()].sort((one, other) => one.seq - other.seq);
}

export class Thread {
  readonly messages = signal<MessageView[] | null>(null);
  readonly unsent = signal<Unsent[]>([]);
  /** What is being written; it outlives a reload. */
  readonly draft = signal("");
  /** What goes with it. */
  readonly file = signal<FileView | null>(null);
  readonly arriving = signal<Arriving | null>(null);
  readonly hasOlder = signal(false);
  readonly trouble = signal("");
  readonly isOffline = signal(false);

  private isFlushing = false;
  private isAsking = false;
  private isClosed = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private going: AbortController | null = null;

  constructor(readonly id: string) {
    this.unsent.value = kept<Unsent[]>(this.key("unsent"), []);
    this.draft.value = kept<string>(this.key("draft"), "");
    this.file.value = kept<FileView | null>(this.key("file"), null);
  }

  /** On opening and on every connect: what was written meanwhile, then what waits here. */
  async resume(): Promise<void> {
    await this.askNew();
    await this.flush();
  }

  /** The conversation changed: a message that is not here yet is asked for. */
  notice(view: ConversationView): void {
    if (view.id !== this.id || view.last_seq <= this.lastSeq()) return;
    if (view.last && view.last.seq === this.lastSeq() + 1 && this.messages.peek()) this.add([view.last]);
    else void this.askNew();
  }

  write(text: string): void {
    this.draft.value = text;
    keep(this.key("draft"), text);
  }

  /** Send what is being written, with its file. */
  send(): void {
    const text = this.draft.peek().trim();
    const file = this.file.peek();
    if (!text && !file) return;
    this.write("");
    this.setFile(null);
    this.arriving.value = null;
    this.setUnsent([...this.unsent.peek(), { id: crypto.randomUUID(), text, file, isRefused: false }]);
    void this.flush();
  }

  async attach(chosen: File): Promise<void> {
    this.letGo();
    this.setFile(null);
    const going = new AbortController();
    this.going = going;
    this.arriving.value = { name: chosen.name, share: null, problem: "" };
    try {
      const told = (share: number) => (this.arriving.value = { name: chosen.name, share, problem: "" });
      const file = await upload(this.id, crypto.randomUUID(), chosen, told, going.signal);
      if (going.signal.aborted) return;
      this.setFile(file);
      this.arriving.value = null;
    } catch (refusal) {
      if (going.signal.aborted) return;
      const problem = refusal instanceof Error ? refusal.message : "";
      this.arriving.value = { name: chosen.name, share: null, problem };
    }
  }

  /** Take the file away again, or stop it on its way. */
  letGo(): void {
    this.going?.abort();
    this.going = null;
    this.arriving.value = null;
    this.setFile(null);
  }

  /** Try again at once. */
  retry(): void {
    void this.flush();
  }

  async askOlder(): Promise<void> {
    const first = this.messages.peek()?.[0];
    if (!first) return;
    try {
      const page = await ask("POST /api/conversations/{id}/find", { params: { id: this.id }, body: { before: first.seq } });
      this.hasOlder.value = page.is_more;
      this.add(page.messages);
    } catch (refusal) {
      this.trouble.value = refusal instanceof Error ? refusal.message : "";
    }
  }

  /** Everything that stands here has been seen. */
  async markRead(): Promise<void> {
    const seq = this.lastSeq();
    if (!seq) return;
    try {
      takeConversation(await ask("PUT /api/conversations/{id}/read", { params: { id: this.id }, body: { seq } }));
    } catch {
      // Not being able to say so loses nothing: the next look says it again.
    }
  }

  /** No more tries; what is unsent stays kept. */
  close(): void {
    this.isClosed = true;
    this.going?.abort();
    clearTimeout(this.timer);
  }

  private lastSeq(): number {
    return this.messages.peek()?.at(-1)?.seq ?? 0;
  }

  private async askNew(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      const isFirst = this.messages.peek() === null;
      let isMore = true;
      while (isMore) {
        const body = isFirst ? {} : { since: this.lastSeq() };
        const page = await ask("POST /api/conversations/{id}/find", { params: { id: this.id }, body });
        if (isFirst) this.hasOlder.value = page.is_more;
        this.add(page.messages);
        takeConversation(page.conversation);
        isMore = !isFirst && page.is_more;
      }
      this.trouble.value = "";
    } catch (refusal) {
      if (this.messages.peek() === null) this.trouble.value = refusal instanceof Error ? refusal.message : "";
    } finally {
      this.isAsking = false;
    }
  }

  private add(messages: readonly MessageView[]): void {
    this.messages.value = merged(this.messages.peek() ?? [], messages);
    const known = new Set(messages.map(({ id }) => id));
    if (this.unsent.peek().some(({ id }) => known.has(id))) {
      this.setUnsent(this.unsent.peek().filter(({ id }) => !known.has(id)));
    }
  }

  /** One at a time, so that messages arrive in the order in which they were written. */
  private async flush(): Promise<void> {
    if (this.isFlushing) return;
    this.isFlushing = true;
    clearTimeout(this.timer);
    try {
      for (let next = this.next(); next && !this.isClosed; next = this.next()) {
        const body = { id: next.id, text: next.text, file_id: next.file?.id ?? null };
        this.add([await ask("POST /api/conversations/{id}/messages", { params: { id: this.id }, body })]);
        this.isOffline.value = false;
      }
    } catch (refusal) {
      const refused = this.next();
      if (refused && isFinal(codeOf(refusal))) {
        this.setUnsent(this.unsent.peek().map((one) => (one.id === refused.id ? { ...one, isRefused: true } : one)));
      } else {
        this.isOffline.value = true;
      }
      if (!this.isClosed) this.timer = setTimeout(() => void this.flush(), RETRY_MS);
    } finally {
      this.isFlushing = false;
    }
    if (!this.next()) clearTimeout(this.timer);
  }

  private next(): Unsent | undefined {
    return this.unsent.peek().find(({ isRefused }) => !isRefused);
  }

  private setUnsent(unsent: Unsent[]): void {
    this.unsent.value = unsent;
    keep(this.key("unsent"), unsent);
  }

  private setFile(file: FileView | null): void {
    this.file.value = file;
    keep(this.key("file"), file);
  }

  private key(what: string): string {
    return `messages:${what}:${this.id}`;
  }
}

function kept<T>(key: string, otherwise: T): T {
  const found = sessionStorage.getItem(key);
  return found === null ? otherwise : (JSON.parse(found) as T);
}

function keep(key: string, value: unknown): void {
  sessionStorage.setItem(key, JSON.stringify(value));
}
