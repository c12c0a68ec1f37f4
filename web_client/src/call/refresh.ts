/**
 * *Refresh*: looks what is wrong, mends it by the gentlest step that helps, and says what it found.
 * Knows no page. Easy to break: people press it many times; while it runs, further presses do nothing.
 */
import { signal } from "@preact/signals";

import { connection } from "../state";
import type { Call } from "./call";
import { media } from "./media";
import { picture } from "./picture";
import { measure, since } from "./quality";
import { FURTHER_WITHIN_MS, nextStep, type RepairStep, type Step, STEPS } from "./refresh_step";
import { otherOf } from "./sentences";

const STEP_SHOWN_MS = 1_200;
const LOOKED_WITHIN_MS = 2_500;
const CONNECTED_WITHIN_MS = 6_000;
const FLOW_MS = 400;
const DONE_SHOWN_MS = 4_000;
const WRITING_SHOWN_MS = 20_000;

export class Refresh {
  readonly step = signal<RepairStep>("");
  /** What was found, once it is done. */
  readonly found = signal("");

  private readonly call: Call;
  private isRunning = false;
  private isClosed = false;
  private level = -1;
  private pressedAt = -FURTHER_WITHIN_MS;
  private timer = 0;

  constructor(call: Call) {
    this.call = call;
  }

  async press(): Promise<void> {
    if (this.isRunning || this.isClosed) return;
    this.isRunning = true;
    window.clearTimeout(this.timer);
    this.found.value = "";
    try {
      await this.run();
    } finally {
      this.isRunning = false;
    }
  }

  close(): void {
    this.isClosed = true;
    window.clearTimeout(this.timer);
    this.step.value = "";
  }

  private async run(): Promise<void> {
    const now = performance.now();
    const isConnected = this.call.linkState.peek() === "connected" || !this.isOtherThere();
    const from = nextStep(this.level, now - this.pressedAt, isConnected);
    this.pressedAt = now;
    // The own devices are looked at every time; a further press goes on to the next step as well.
    const found = await this.take("looking");
    if (from === 0 && (await this.isWell(LOOKED_WITHIN_MS))) return this.finish(0, "done", found);
    for (let level = Math.max(1, from); level < STEPS.length && !this.isClosed; level += 1) {
      const step = STEPS[level] ?? "rebuilding";
      if (!this.applies(step)) continue;
      const what = await this.take(step);
      if (await this.isWell(CONNECTED_WITHIN_MS)) return this.finish(level, "done", what);
    }
    if (await this.isWell(0)) this.finish(STEPS.length - 1, "done", found);
    else this.finish(STEPS.length - 1, "writing", "");
  }

  private finish(level: number, step: "done" | "writing", found: string): void {
    if (this.isClosed) return;
    this.level = level;
    this.found.value = found;
    this.step.value = step;
    const wait = step === "done" ? DONE_SHOWN_MS : WRITING_SHOWN_MS;
    this.timer = window.setTimeout(() => (this.step.value = ""), wait);
  }

  private applies(step: Step): boolean {
    if (!this.isOtherThere() || connection.peek() !== "connected") return false;
    return step !== "relaying" || this.call.between.hasRelay.peek();
  }

  private async take(step: Step): Promise<string> {
    this.step.value = step;
    const [found] = await Promise.all([this.act(step), shown(STEP_SHOWN_MS)]);
    return found;
  }

  private async act(step: Step): Promise<string> {
    if (step === "looking") return this.look();
    if (step === "restarting" && this.call.link.peek()?.restart()) return "A new way between you was found.";
    if (step === "relaying") this.call.between.viaRelay();
    await this.call.rebuild();
    return step === "relaying" ? "You are connected through a relay now." : "A new connection stands.";
  }

  /** The devices, what is sent of them, and whether what arrives is played. */
  private async look(): Promise<string> {
    void this.call.chat.resume();
    if (this.call.room.peek()?.is_chat_only) return "Your chat is up to date.";
    const reopened = await media.recheck();
    this.call.link.peek()?.sendAgain();
    await picture.start();
    if (media.error.peek()) return media.error.peek()?.sentence ?? "";
    const isOrAre = reopened.length > 1 ? "are" : "is";
    if (reopened.length > 0) return `Your ${reopened.join(" and ")} had stopped and ${isOrAre} on again.`;
    return "Your camera and microphone are fine.";
  }

  private isOtherThere(): boolean {
    const room = this.call.room.peek();
    return room !== null && otherOf(room).is_present && !room.is_chat_only;
  }

  /** Connected, and the other person's sound arrives if they send any. */
  private async isWell(withinMs: number): Promise<boolean> {
    if (!this.isOtherThere()) return true;
    const until = performance.now() + withinMs;
    do {
      if (this.call.linkState.peek() === "connected" && (await this.isFlowing())) return true;
      await shown(200);
    } while (performance.now() < until && !this.isClosed);
    return false;
  }

  private async isFlowing(): Promise<boolean> {
    const link = this.call.link.peek();
    const room = this.call.room.peek();
    if (!link || !room) return false;
    if (otherOf(room).is_muted) return true;
    const before = await measure(link.connection);
    await shown(FLOW_MS);
    if (link !== this.call.link.peek()) return false;
    return since(before.audio.received, (await measure(link.connection)).audio.received) > 0;
  }
}

function shown(wait: number): Promise<void> {
  return new Promise((resolve) => window.setTimeout(resolve, wait));
}
