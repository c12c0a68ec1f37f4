/** What became of a text or an e-mail, in words. */
import type { TextView } from "../../protocol.gen";

export const STATES: Record<TextView["state"], { word: string; look: string }> = {
  queued: { word: "Queued", look: "badge" },
  sending: { word: "Being sent", look: "badge" },
  sent: { word: "Sent", look: "badge badge--good" },
  delivered: { word: "Delivered", look: "badge badge--good" },
  failed: { word: "Failed", look: "badge badge--bad" },
  unclear: { word: "Unclear, not sent again", look: "badge badge--warn" },
  kept: { word: "Not sent, read it here", look: "badge badge--warn" },
  dropped: { word: "Dropped", look: "badge" },
};
