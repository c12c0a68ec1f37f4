/** What is said of a payout beside its name, and what several come to. Pure. */
import type { PayoutLine } from "../../protocol.gen";
import { dateTime } from "../../ui/words";

export const FAILURES = {
  wrong_details: "The bank details are wrong",
  bank_refused: "The bank refused it",
  asked_for: "The therapist asked for it",
  other: "Something else",
} as const;

export const CAME_BACK = {
  wrong_details: "The bank details are wrong",
  bank_refused: "Their bank did not take it",
  other: "Something else",
} as const;

export const REFUSALS = {
  amount: "The amount differs",
  details: "Name, address or date is missing",
  unreadable: "It cannot be read",
  no_invoice: "It is not an invoice",
} as const;

const MORE: Record<string, string> = { taken_back: "Taken back by the therapist", processor: "Refused by the payment service" };

export function sum(lines: PayoutLine[]): number {
  return lines.reduce((total, line) => total + line.amount_pence, 0);
}

export function words(line: PayoutLine): string {
  if (line.state === "failed") return { ...FAILURES, ...MORE }[line.reason] ?? "";
  if (line.state === "paid") return line.invoice_number ? `Invoice ${line.invoice_number}, paid` : "Paid";
  if (line.order === "stuck") return "The payment service did not answer for long: look there, then mark it paid or failed";
  if (line.rail === "processor") return line.state === "scheduled" ? "The payment service pays it on the day" : "No invoice needed";
  if (line.invoice_at_ms === null) return line.reason ? "Asked for another invoice" : "No invoice yet";
  const number = line.invoice_number ? `Invoice ${line.invoice_number}` : "Invoice by mail";
  return `${number}, arrived ${dateTime(line.invoice_at_ms)}`;
}
