/** Finds web addresses in what somebody wrote. Pure. Easy to break: nothing but http and https is ever a link. */

export type Piece = { text: string; href?: string };

const ADDRESS = /\bhttps?:\/\/[^\s<>"']+/gi;
/** What ends a sentence is not part of an address, nor is a bracket that was opened before it. */
const TAIL = /[.,;:!?'"…]+$|[)\]}]+$/;

/** The text in pieces; those that are addresses carry where they lead. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(ADDRESS)) {
    let address = match[0];
    for (let tail = TAIL.exec(address); tail; tail = TAIL.exec(address)) {
      if (/[)\]}]$/.test(address) && balanced(address)) break;
      address = address.slice(0, -1);
    }
    // A name before an @ hides where the address leads.
    if (!URL.canParse(address) || new URL(address).username) continue;
    if (match.index > at) found.push({ text: text.slice(at, match.index) });
    found.push({ text: address, href: address });
    at = match.index + address.length;
  }
  if (at < text.length) found.push({ text: text.slice(at) });
  return found;
}

function balanced(address: string): boolean {
  const count = (letter: string): number => address.split(letter).length;
  return count("(") >= count(")") && count("[") >= count("]") && count("{") >= count("}");
}
