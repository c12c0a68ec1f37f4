/** The operator's books: what all accounts hold together, and everything that must hold between them, asked just now. */

import { ask } from "../http";
import type { BooksView } from "../protocol.gen";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { useFound } from "../ui/useFound";
import { dateTime, money, zoneName } from "../ui/words";
import "./Books.css";

const KINDS: Record<string, string> = {
  "client:%:available": "Clients, ready to use",
  "client:%:held": "Clients, held for sessions",
  "therapist:%:pending": "Therapists, held for 24 hours",
  "therapist:%:available": "Therapists, ready to withdraw",
  "therapist:%:withdrawing": "Therapists, being paid out",
  "payout:%": "Paid out to therapists",
  "platform:fees": "The practice’s fees",
  world: "Come in from outside",
};

function Verdict({ view }: { view: BooksView }) {
  if (!view.is_balanced) {
    return (
      <div class="banner banner--bad" role="alert">
        <Icon name="circle-alert" />
        <div>
          <p>
            <strong>The books do not balance.</strong>
          </p>
          <p>Pay nothing out before it is known why. What does not hold is named below, with the first ids.</p>
        </div>
      </div>
    );
  }
  return (
    <div class="banner banner--good" role="status">
      <Icon name="check" />
      <div>
        <p>
          <strong>The books balance.</strong>
        </p>
        <p>
          Every pound in one account is missing from another: all of them come to{" "}
          <span class="num">{money(view.sum_pence)}</span> after {view.movements.toLocaleString("en-GB")} movements.
        </p>
      </div>
    </div>
  );
}

function Accounts({ view }: { view: BooksView }) {
  return (
    <section class="card card--flush" aria-labelledby="accounts">
      <h2 id="accounts" class="books__head">
        Accounts
      </h2>
      <table class="table books">
        <thead>
          <tr>
            <th scope="col">Kind</th>
            <th scope="col">Accounts</th>
            <th scope="col" class="amount">
              Balance
            </th>
          </tr>
        </thead>
        <tbody>
          {view.groups.map((group) => (
            <tr key={group.kind}>
              <td>{KINDS[group.kind] ?? group.kind}</td>
              <td class="num">{group.accounts}</td>
              <td class="amount">{money(group.pence)}</td>
            </tr>
          ))}
          <tr class="strong">
            <td>All together</td>
            <td class="num">{view.groups.reduce((sum, group) => sum + group.accounts, 0)}</td>
            <td class="amount">{money(view.sum_pence)}</td>
          </tr>
        </tbody>
      </table>
    </section>
  );
}

function Answers({ view }: { view: BooksView }) {
  return (
    <section class="card stack gap-3" aria-labelledby="answers">
      <h2 id="answers">What was asked</h2>
      <ul class="books__answers">
        {view.answers.map((answer) => (
          <li key={answer.name}>
            <span class={answer.broken.length ? "badge badge--bad" : "badge badge--good"}>
              {answer.broken.length ? "Broken" : "Holds"}
            </span>
            <span>
              {answer.name[0]?.toUpperCase()}
              {answer.name.slice(1)}
              {answer.broken.length > 0 && <span class="fine books__ids">{answer.broken.join(", ")}</span>}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

export function BooksPage() {
  const { found: view, trouble, refresh: look } = useFound<BooksView>(() => ask("GET /api/books"));
  const found = view.value;
  return (
    <Frame title="Books" look="desk">
      <div class="pagehead">
        <h1>Books</h1>
        <button class="btn btn--quiet btn--small" type="button" onClick={() => void look()}>
          Ask again
        </button>
      </div>
      <div class="stack gap-5">
        {(!found || trouble.value) && <p role="status">{trouble.value || "Adding everything up…"}</p>}
        {found && (
          <>
            <Verdict view={found} />
            <Accounts view={found} />
            <Answers view={found} />
            <p class="fine">
              Added up on {dateTime(found.at_ms)}, {zoneName}. <code>doctor --invariants</code> asks the same.
            </p>
          </>
        )}
      </div>
    </Frame>
  );
}
