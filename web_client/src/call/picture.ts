/**
 * The one <video> that shows and sounds the other person, made once and moved into the page that shows it.
 * Knows nothing of rooms. Easy to break: browsers let sound start only after a press or while this page captures,
 * so `bless()` belongs into the click handlers of Accept and Agree and join, before anything is awaited.
 */
import { signal } from "@preact/signals";

export const FIRST_FRAME = "first-remote-frame";

export class Picture {
  readonly element: HTMLVideoElement;
  /** The browser refused sound: the picture runs muted until the person taps. */
  readonly needsTap = signal(false);
  /** At least one picture of what is carried now has been presented. */
  readonly isMoving = signal(false);
  /** In a window of its own, over other programs. */
  readonly isFloating = signal(false);

  private isShown = false;
  private isSilent = true;
  private hasMarked = false;

  constructor() {
    this.element = document.createElement("video");
    this.element.playsInline = true;
    this.element.autoplay = true;
    this.element.muted = true;
    this.element.disablePictureInPicture = true;
    this.element.className = "view__them";
    this.element.addEventListener("enterpictureinpicture", () => (this.isFloating.value = true));
    this.element.addEventListener("leavepictureinpicture", () => (this.isFloating.value = false));
    // A phone call takes the sound away and leaves it paused; where the browser wants a tap, `start` asks for one.
    // Trying to sound where it may not pauses it too: that is not tried again before the tap.
    this.element.addEventListener("pause", () => {
      if (this.isShown && this.element.srcObject && !this.needsTap.peek()) void this.start();
    });
    this.hide();
  }

  /** Call inside a click handler: the element may sound from now on. */
  bless(): void {
    this.element.muted = false;
    this.element.play().catch(() => undefined);
  }

  /** The other person's tracks; null takes the last picture away. */
  carry(stream: MediaStream | null): void {
    if (this.element.srcObject === stream) return;
    this.element.srcObject = stream;
    this.isMoving.value = false;
    if (stream) void this.start();
  }

  /** Show what flows unseen at once, over the page that still asks: the call page takes it over when it is drawn. */
  reveal(): void {
    this.isShown = true;
    this.isSilent = false;
    this.element.removeAttribute("aria-hidden");
    this.element.style.cssText = "position:fixed;inset:0;width:100%;height:100%;object-fit:cover;z-index:39";
    void this.start();
  }

  /** Put the picture where the page wants it, with sound. */
  show(parent: HTMLElement): void {
    this.isShown = true;
    this.isSilent = false;
    this.element.removeAttribute("aria-hidden");
    this.element.style.cssText = "";
    this.element.disablePictureInPicture = false;
    parent.prepend(this.element);
    void this.start();
  }

  /** Keep decoding out of sight: the therapist's picture may flow before the client's yes, unseen and silent. */
  hide(isSilent = true): void {
    this.isShown = false;
    this.isSilent = isSilent;
    if (isSilent) this.hasMarked = false;
    this.element.muted = isSilent;
    this.element.disablePictureInPicture = true;
    this.element.setAttribute("aria-hidden", "true");
    this.element.style.cssText = "position:fixed;width:1px;height:1px;opacity:0;pointer-events:none";
    document.body.append(this.element);
  }

  static get mayFloat(): boolean {
    return document.pictureInPictureEnabled === true;
  }

  /** Into a window of its own, or back. In a click; refused before the first picture has come. */
  async float(): Promise<void> {
    const asked = this.isFloating.peek() ? document.exitPictureInPicture() : this.element.requestPictureInPicture();
    await asked.catch(() => undefined);
  }

  /** Sound comes out of this device from now on; empty is the machine's own choice. Rejects when it is gone. */
  async soundThrough(deviceId: string): Promise<void> {
    await this.element.setSinkId?.(deviceId);
  }

  /** Play with sound; where the browser refuses, play muted and ask for a tap. */
  async start(): Promise<void> {
    this.awaitFrame();
    this.element.muted = this.isSilent;
    try {
      await this.element.play();
      this.needsTap.value = false;
    } catch (refusal) {
      if (!(refusal instanceof DOMException) || refusal.name !== "NotAllowedError") return;
      this.needsTap.value = this.isShown;
      this.element.muted = true;
      this.element.play().catch(() => undefined);
    }
  }

  private awaitFrame(): void {
    if (!("requestVideoFrameCallback" in this.element)) {
      (this.element as HTMLVideoElement).onplaying = () => this.onFrame();
      return;
    }
    this.element.requestVideoFrameCallback(() => this.onFrame());
  }

  private onFrame(): void {
    this.isMoving.value = true;
    if (!this.isShown || this.hasMarked) return;
    this.hasMarked = true;
    performance.mark(FIRST_FRAME);
  }
}

export const picture = new Picture();
