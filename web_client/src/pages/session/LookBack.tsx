/** What one line read before: the machine's words and every correction, with its time. */
import { ask } from "../../http";
import type { Revision } from "../../protocol.gen";
import { Sheet } from "../../ui/Sheet";
import { useFound } from "../../ui/useFound";
import { clock, dateTime } from "../../ui/words";

export function LookBack({ id, seq, onClose }: { id: string; seq: number; onClose: () => void }) {
  const { found: revisions, trouble } = useFound<Revision[]>(async () => {
    const { revisions: all } = await ask("GET /api/sessions/{id}/corrections", { params: { id } });
    return all.filter((one) => one.seq === seq);
  });
  const first = revisions.value?.[0];
  return (
    <Sheet
      title={first ? `${first.name} at ${clock(first.from_ms / 1000)}` : "Corrections"}
      onClose={onClose}
      foot={
        <button class="btn btn--quiet" type="button" onClick={onClose}>
          Close
        </button>
      }
    >
      {trouble.value ? (
        <p role="alert">{trouble.value}</p>
      ) : (
        <ol class="lookback" aria-label="What this line read" aria-busy={revisions.value === null}>
          {revisions.value?.map((one) => (
            <li key={one.revision}>
              <span class="fine">
                {one.at_ms === null ? "As the machine wrote it" : `You corrected it, ${dateTime(one.at_ms)}`}
              </span>
              <p>{one.text || "Nothing"}</p>
            </li>
          ))}
        </ol>
      )}
    </Sheet>
  );
}
