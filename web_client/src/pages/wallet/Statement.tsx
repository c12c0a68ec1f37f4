/** A month on paper: as PDF to read, as CSV to reckon with. */
import { useSignal } from "@preact/signals";

import { Icon } from "../../ui/Icon";

const MONTHS = 13;

/** "2026-11", newest first. */
function months(now: Date): string[] {
  return Array.from({ length: MONTHS }, (_, back) => {
    const month = new Date(Date.UTC(now.getFullYear(), now.getMonth() - back, 1));
    return month.toISOString().slice(0, 7);
  });
}

function named(month: string): string {
  const words = new Intl.DateTimeFormat("en-GB", { month: "long", year: "numeric", timeZone: "UTC" });
  return words.format(new Date(`${month}-01T12:00Z`));
}

export function Statement() {
  const all = months(new Date());
  const month = useSignal(all[0] ?? "");
  return (
    <section class="card paper" aria-labelledby="paper">
      <h2 id="paper">Monthly statement</h2>
      <div class="field">
        <label for="month">Month</label>
        <select id="month" class="input" value={month.value} onChange={(event) => (month.value = event.currentTarget.value)}>
          {all.map((each) => (
            <option key={each} value={each}>
              {named(each)}
            </option>
          ))}
        </select>
      </div>
      <a class="btn btn--quiet" href={`/api/wallet/statement.pdf?month=${month.value}`} download>
        <Icon name="file-down" small />
        PDF
      </a>
      <a class="btn btn--quiet" href={`/api/wallet/statement.csv?month=${month.value}`} download>
        <Icon name="file-down" small />
        CSV
      </a>
    </section>
  );
}
