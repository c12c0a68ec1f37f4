/** Who calls for attention, and what is said of them. Pure. */
import type { CardView } from "../../protocol.gen";
import { areaName } from "../../ui/words";
import { about, departure } from "./line";

type Known = Pick<CardView, "id" | "first_name">;

/** The ids that still ring: everybody who waits and has not been silenced. */
export function ringing(cards: readonly Known[], silenced: ReadonlySet<string>): string[] {
  return cards.map((card) => card.id).filter((id) => !silenced.has(id));
}

/** What a screen reader hears of those who have just come. */
export function arrival(cards: readonly CardView[]): string {
  return cards
    .map((card) => `${card.first_name} is waiting. ${about(areaName(card.area), card.issue)}.`)
    .join(" ");
}

/** What a screen reader hears of somebody who has just left. */
export function leaving(name: string, state: CardView["state"]): string {
  return `${name}: ${departure(state).toLowerCase()}.`;
}

/** What stands on a screen that others may see: how many wait, and neither who nor why. */
export function notice(waiting: number): string {
  return waiting === 1 ? "Someone is waiting" : `${waiting} people are waiting`;
}
