/** Lines of money in a card of their own: what each column is, and the amount at the end. */
import type { ComponentChildren } from "preact";

/** The column of a line's buttons: it has no title to be seen. */
export const ACTS = "What can be done";

interface Props {
  label: string;
  /** Titles of all columns before the amount. */
  columns: readonly string[];
  look?: string;
  /** The rows. */
  children: ComponentChildren;
  /** Stands under the table. */
  foot?: ComponentChildren;
}

export function MoneyTable({ label, columns, look = "", children, foot }: Props) {
  return (
    <section class="card card--flush" aria-label={label}>
      <table class={`table ${look}`}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column} scope="col">
                {column === ACTS ? <span class="sr">{column}</span> : column}
              </th>
            ))}
            <th scope="col" class="amount">
              Amount
            </th>
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
      {foot}
    </section>
  );
}
