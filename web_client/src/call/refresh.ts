/**
 * *Refresh*, gently first: look at the own devices, then a new way on the same link, then a new link.
 * Knows no page. Easy to break: people press it many times; while one step runs, further presses do nothing.
 */
import { signal } from "@preact/signals";

import type { Call } from "./call";
import { media } from "./media";
import { picture } from "./picture";
import { FURTHER_WITHIN_MS, nextStep, STEPS } from "./refresh_step";
import type { RefreshStep } from "./sentences";

const STEP_SHOWN_MS = 1_500;
const CONNECTED_WITHIN_MS = 6_000;
const DONE_SHOWN_MS = 2_500;

export class Refresh {
  readonly step = signal<RefreshStep>("");

  private readonly call: Call;
  private level = -1;
  private pressedAt = -FURTHER_WITHIN_MS;
  private timer = 0;

  constructor(call: Call) {
    this.call = call;
  }

  async press(): Promise<void> {
    if (this.step.peek() !== "" && this.step.peek() !== "done") return;
    window.clearTimeout(this.timer);
    const now = performance.now();
    this.level = nextStep(this.level, now - this.pressedAt, this.call.linkState.peek() === "connected");
    this.pressedAt = now;
    this.step.value = STEPS[this.level] ?? "rebuilding";
    await Promise.all([this.act(), shown(STEP_SHOWN_MS)]);
    const isBack = await this.isConnected();
    this.step.value = isBack ? "done" : "";
    if (isBack) this.timer = window.setTimeout(() => (this.step.value = ""), DONE_SHOWN_MS);
  }

  close(): void {
    window.clearTimeout(this.timer);
    this.step.value = "";
  }

  private async act(): Promise<void> {
    if (!this.call.room.peek()?.is_chat_only) await media.recheck();
    void picture.start();
    void this.call.chat.resume();
    if (this.level === 0) return;
    if (this.level === 1 && this.call.link.peek()?.restart()) return;
    this.level = 2;
    this.step.value = "rebuilding";
    await this.call.rebuild();
  }

  private async isConnected(): Promise<boolean> {
    const until = performance.now() + CONNECTED_WITHIN_MS;
    while (performance.now() < until) {
      if (this.call.linkState.peek() === "connected") return true;
      await shown(200);
    }
    return false;
  }
}

function shown(wait: number): Promise<void> {
  return new Promise((resolve) => window.setTimeout(resolve, wait));
}
