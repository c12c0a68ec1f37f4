/** The viewer's wallet: asked for at once, when they come back to the page, and when something held is due. */
import { useEffect } from "preact/hooks";

import { ask } from "../../http";
import type { WalletView } from "../../protocol.gen";
import { type Found, useFound } from "../../ui/useFound";

const SOON_MS = 1_500; // what is due is swept once a second

export function useWallet(): Found<WalletView> {
  const wallet = useFound<WalletView>(() => ask("GET /api/wallet"));
  useEffect(() => {
    const again = () => void wallet.refresh();
    window.addEventListener("focus", again);
    return () => window.removeEventListener("focus", again);
  }, []);
  const due = nextDue(wallet.found.value);
  useEffect(() => {
    if (due === null) return;
    const timer = window.setTimeout(() => void wallet.refresh(), Math.max(0, due - Date.now()) + SOON_MS);
    return () => window.clearTimeout(timer);
  }, [wallet.found.value]);
  return wallet;
}

function nextDue(view: WalletView | null): number | null {
  const due = (view?.lines ?? []).flatMap((line) => (line.due_at_ms === null ? [] : [line.due_at_ms]));
  return due.length > 0 ? Math.min(...due) : null;
}
