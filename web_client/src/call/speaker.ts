/**
 * Where the other person's sound comes out, on browsers that let a page choose. Knows no room.
 * Easy to break: a headset that is pulled out must not take the sound with it.
 */
import { effect, signal } from "@preact/signals";

import { media } from "./media";
import { picture } from "./picture";

/** The chosen device; empty: the machine's own choice. */
export const speaker = signal("");

export const mayChooseSpeaker = "setSinkId" in HTMLMediaElement.prototype;

export async function chooseSpeaker(deviceId: string): Promise<void> {
  try {
    await picture.soundThrough(deviceId);
    speaker.value = deviceId;
  } catch {
    media.say("That speaker cannot be used. The sound stays where it was.");
  }
}

effect(() => {
  const outputs = media.devices.value.filter((one) => one.kind === "audiooutput");
  const chosen = speaker.peek();
  if (!chosen || outputs.length === 0 || outputs.some((one) => one.deviceId === chosen)) return;
  media.say("The speaker you used is gone. The sound comes out of this machine’s own choice now.");
  void chooseSpeaker("");
});
