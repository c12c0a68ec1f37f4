/** Who waits calls for attention: a sound, the title of the tab, and words for a screen reader. Not during a call. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { pool } from "../../state";
import { chime } from "../../ui/sound";
import { areaName } from "../../ui/words";
import { about } from "./line";

const AGAIN_MS = 20_000;
const heard = new Set<string>();

interface Calls {
  /** The newest announcement. */
  said: string;
  /** The title of the page, with the number of those who wait. */
  title: string;
}

export function useCalls(title: string): Calls {
  const said = useSignal("");
  const cards = pool.value?.cards ?? [];
  const ids = cards.map((card) => card.id).join(" ");
  useEffect(() => {
    const newest = cards.filter((card) => !heard.has(card.id));
    newest.forEach((card) => heard.add(card.id));
    if (newest.length === 0) return;
    chime();
    said.value = newest
      .map((card) => `${card.first_name} is waiting. ${about(areaName(card.area), card.issue)}.`)
      .join(" ");
  }, [ids]);
  const isSomeone = cards.length > 0;
  useEffect(() => {
    if (!isSomeone) return;
    const timer = window.setInterval(chime, AGAIN_MS);
    return () => window.clearInterval(timer);
  }, [isSomeone]);
  return { said: said.value, title: cards.length > 0 ? `(${cards.length}) ${title}` : title };
}
