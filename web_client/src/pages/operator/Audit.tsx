/** The operator: who did what to whose record, newest first, and the proof that no row was changed or taken away. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask } from "../../http";
import type { AuditLine, AuditProof } from "../../protocol.gen";
import { Field } from "../../ui/Field";
import { Frame } from "../../ui/Frame";
import { Icon } from "../../ui/Icon";
import { Problem } from "../../ui/Problem";
import { useCommand } from "../../ui/useCommand";
import { dateTime, zoneName } from "../../ui/words";
import "./operator.css";

function Proof() {
  const proof = useSignal<AuditProof | null>(null);
  const { isBusy, problem, run } = useCommand();
  const prove = () => void run(async () => void (proof.value = await ask("POST /api/audit/proof")));
  const found = proof.value;
  return (
    <section class="card stack" aria-labelledby="proof">
      <h2 id="proof">Is the trail whole?</h2>
      <p class="sub">Each row is chained to the one before. Every row is read anew and compared.</p>
      <div>
        <button class="btn btn--primary" type="button" aria-busy={isBusy.value} onClick={prove}>
          Verify
        </button>
      </div>
      <Problem text={problem.value} />
      <div role="status">
        {found && found.first_broken === null && (
          <div class="banner banner--good">
            <Icon name="shield-check" />
            <div>
              <p>
                <strong>Whole.</strong> All {found.rows} rows fit, checked {dateTime(found.at_ms)}.
              </p>
              <p class="operator__long">Keep this elsewhere, and compare it later with doctor: {found.checkpoint}</p>
            </div>
          </div>
        )}
        {found && found.first_broken !== null && (
          <div class="banner banner--bad">
            <Icon name="triangle-alert" />
            <p>
              <strong>Row {found.first_broken} does not fit.</strong> It was changed, or the row before it was taken away. Keep the
              database as it is, and ask whoever looks after the server.
            </p>
          </div>
        )}
      </div>
    </section>
  );
}

function Lines({ lines, onAbout }: { lines: AuditLine[]; onAbout: (id: string) => void }) {
  return (
    <section class="card card--flush" aria-label="Rows, newest first">
      <table class="table trail">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">Did what</th>
            <th scope="col">About</th>
            <th scope="col">From</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line) => (
            <tr key={line.seq}>
              <td class="fine num">{dateTime(line.at_ms)}</td>
              <td>{line.actor}</td>
              <td>{line.action}</td>
              <td>
                {line.object_id && (
                  <button class="btn btn--text btn--small" type="button" aria-label={`Rows about ${line.object_id}`} onClick={() => onAbout(line.object_id)}>
                    {line.object_id.slice(0, 8)}
                  </button>
                )}
              </td>
              <td class="fine num">{line.address}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

export function AuditPage() {
  const lines = useSignal<AuditLine[] | null>(null);
  const hasMore = useSignal(false);
  const about = useSignal("");
  const { isBusy, problem, run } = useCommand();
  const look = (before: number | null) =>
    run(async () => {
      const found = await ask("POST /api/audit", { body: { about: about.value.trim(), ...(before ? { before_seq: before } : {}) } });
      lines.value = before ? [...(lines.value ?? []), ...found.lines] : found.lines;
      hasMore.value = found.has_more;
    });
  useEffect(() => void look(null), []);
  return (
    <Frame title="Audit trail" look="desk">
      <div class="pagehead">
        <h1>Audit trail</h1>
        <span class="fine">Times are in {zoneName}</span>
      </div>
      <div class="stack operator">
        <Proof />
        <form
          class="card stack"
          onSubmit={(event) => {
            event.preventDefault();
            void look(null);
          }}
        >
          <Field label="About one person or record" value={about} isOptional maxLength={40} hint="Its whole id, as it stands in a row or in an address." />
          <div>
            <button class="btn btn--quiet" type="submit" aria-busy={isBusy.value}>
              Show
            </button>
          </div>
        </form>
        <Problem text={problem.value} />
        {lines.value && lines.value.length === 0 && (
          <div class="card empty">
            <Icon name="scroll-text" />
            <h2>Nothing is on the trail about this</h2>
            <p>Look at the id again, or leave it empty to see everything.</p>
          </div>
        )}
        {lines.value && lines.value.length > 0 && (
          <Lines
            lines={lines.value}
            onAbout={(id) => {
              about.value = id;
              void look(null);
            }}
          />
        )}
        {hasMore.value && (
          <div>
            <button class="btn btn--quiet" type="button" aria-busy={isBusy.value} onClick={() => void look(lines.value?.at(-1)?.seq ?? null)}>
              Older rows
            </button>
          </div>
        )}
      </div>
    </Frame>
  );
}
