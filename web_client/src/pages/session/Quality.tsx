/** How good the connection of a session was, at both ends, in words first. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask } from "../../http";
import type { QualitySide } from "../../protocol.gen";
import { duration } from "../../ui/words";

const LOSS_HEARD = 3;

/** One sentence about one end: what was noticed there, or that nothing was. */
export function verdict(side: QualitySide): string {
  const trouble = [
    side.reconnects > 0 && (side.reconnects === 1 ? "reconnected once" : `reconnected ${side.reconnects} times`),
    side.audio_lost_percent >= LOSS_HEARD && `${side.audio_lost_percent} % of the sound lost`,
    side.freeze_ms >= 1_000 && `picture frozen for ${Math.round(side.freeze_ms / 1_000)} s`,
    side.device_faults > 0 && "a camera or microphone failed",
  ].filter(Boolean);
  return trouble.length > 0 ? trouble.join(", ") : "nothing was noticed";
}

function seconds(ms: number | null): string {
  return ms === null ? "never" : `${(ms / 1_000).toFixed(1)} s`;
}

function Side({ side, name }: { side: QualitySide; name: string }) {
  return (
    <details>
      <summary>
        {name}: {verdict(side)}
      </summary>
      <dl class="facts">
        <dt>Through after</dt>
        <dd>{seconds(side.join_ms)}</dd>
        <dt>Connected</dt>
        <dd>
          {side.connected_s < 60 ? `${side.connected_s} s` : duration(side.connected_s)}
          {side.relayed_s > 0 && ", through a relay"}
          {side.pages > 1 && `, on ${side.pages} pages`}
        </dd>
        <dt>Lost</dt>
        <dd>
          {side.audio_lost_percent} % of the sound, {side.video_lost_percent} % of the picture
        </dd>
        <dt>Freezes</dt>
        <dd>
          {side.freezes}, {seconds(side.freeze_ms)} together
        </dd>
        <dt>Reconnects</dt>
        <dd>{side.reconnects}</dd>
        <dt>Device faults</dt>
        <dd>{side.device_faults}</dd>
      </dl>
    </details>
  );
}

export function Quality({ sessionId, clientName }: { sessionId: string; clientName: string }) {
  const sides = useSignal<QualitySide[]>([]);
  useEffect(() => {
    // Without an answer the section is left out: nothing else of the page depends on it.
    ask("GET /api/sessions/{id}/quality", { params: { id: sessionId } }).then(
      (view) => (sides.value = view.sides),
      () => undefined,
    );
  }, [sessionId]);
  if (sides.value.length === 0) return null;
  return (
    <section class="card stack gap-2 sess__quality" aria-labelledby="quality">
      <h2 id="quality">Connection</h2>
      {sides.value.map((side) => (
        <Side key={side.seat} side={side} name={side.seat === "client" ? clientName : "You"} />
      ))}
    </section>
  );
}
