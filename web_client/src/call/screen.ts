/**
 * The therapist's own screen, shown to the client on the third transceiver. Knows no room and no connection.
 * Easy to break: people stop it in the browser's own bar as often as here, so the end of the track is listened to.
 */
import { signal } from "@preact/signals";

const PICTURES_PER_S = 15;

export class Screen {
  readonly track = signal<MediaStreamTrack | null>(null);

  static get isPossible(): boolean {
    return "getDisplayMedia" in (navigator.mediaDevices ?? {});
  }

  /** In a click. A person who closes the browser's question has changed nothing. */
  async start(): Promise<void> {
    const shown = await navigator.mediaDevices
      .getDisplayMedia({ video: { frameRate: { ideal: PICTURES_PER_S } }, audio: false })
      .catch(() => null);
    const track = shown?.getVideoTracks()[0];
    if (!track) return;
    this.stop();
    track.contentHint = "detail";
    track.addEventListener("ended", () => this.stop(track));
    this.track.value = track;
  }

  stop(which = this.track.peek()): void {
    which?.stop();
    if (this.track.peek() === which) this.track.value = null;
  }
}
