/** What a line's state reads as, and how it looks. Pure. */
import type { WalletLine } from "../../protocol.gen";
import { dayOf, soon } from "../../ui/words";

export interface Said {
  word: string;
  look: "" | "good" | "warn" | "bad";
}

export const FAILURES: Record<string, string> = {
  taken_back: "Taken back, it is ready to withdraw again",
  wrong_details: "Not paid, the bank details are wrong. It is ready to withdraw again",
  bank_refused: "Not paid, the bank refused it. It is ready to withdraw again",
  processor: "Not paid, the payment service refused it. It is ready to withdraw again",
};

export const INVOICE_REFUSALS: Record<string, string> = {
  amount: "its amount differs",
  details: "name, address or date is missing",
  unreadable: "it cannot be read",
  no_invoice: "it is not an invoice",
};

const PLAIN: Record<string, Said> = {
  top_up: { word: "Added", look: "good" },
  credit: { word: "Added", look: "good" },
  hold: { word: "Held until the session is over", look: "warn" },
  charge: { word: "Paid", look: "good" },
  void: { word: "Given back, nothing was taken", look: "good" },
};

export function said(line: WalletLine, nowMs: number = Date.now()): Said {
  if (line.kind === "withdrawal") return withdrawal(line);
  if (line.kind === "session") return line.state === "live" ? { word: "Going on", look: "" } : { word: "Nothing was charged", look: "" };
  if (line.state === "pending") {
    const until = line.due_at_ms === null ? "for 24 hours" : `until ${soon(line.due_at_ms, nowMs)}`;
    return { word: `Held ${until}`, look: "warn" };
  }
  return PLAIN[line.kind] ?? { word: "Available", look: "good" };
}

function withdrawal(line: WalletLine): Said {
  const on = line.pay_on ? dayOf(line.pay_on) : "";
  switch (line.state) {
    case "requested":
      if (on) return { word: `To be paid on ${on}`, look: "" };
      return line.reason
        ? { word: `Another invoice is needed: ${INVOICE_REFUSALS[line.reason] ?? "see our mail"}`, look: "bad" }
        : { word: "Requested, invoice missing", look: "warn" };
    case "invoiced":
      return { word: `Invoice received, paid on ${on}`, look: "" };
    case "scheduled":
      return { word: `Scheduled for ${on}`, look: "" };
    case "paid":
      return { word: `Paid on ${on}`, look: "good" };
    default:
      return { word: FAILURES[line.reason] ?? "Not paid, it is ready to withdraw again", look: "bad" };
  }
}

export function badge(look: Said["look"]): string {
  return look ? `badge badge--${look}` : "badge";
}
