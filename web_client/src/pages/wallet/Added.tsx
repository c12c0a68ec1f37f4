/** Back from the payment service: whether the money has come, asked until it is known. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { ask, Refusal } from "../../http";
import type { TopUpView } from "../../protocol.gen";
import { Frame } from "../../ui/Frame";
import { money } from "../../ui/words";
import "../../styles/client.css";
import "./wallet.css";

const AGAIN_MS = 2_000;
const ASK_FOR_MS = 60_000;

function Words({ found }: { found: TopUpView | null }) {
  if (found?.state === "paid") {
    return (
      <>
        <h1>{money(found.amount_pence)} is in your wallet</h1>
        <p class="lead">Money you do not use stays yours.</p>
      </>
    );
  }
  if (found?.state === "expired") {
    return (
      <>
        <h1>Nothing was paid</h1>
        <p class="lead">Nothing was taken from your card. You can try again whenever you like.</p>
      </>
    );
  }
  return (
    <>
      <h1>Waiting for the payment</h1>
      <p class="lead">
        As soon as the payment service says that it has the money, it is in your wallet. You need not keep this page open.
        If you went back without paying, nothing was taken.
      </p>
    </>
  );
}

export function AddedPage({ id }: { id: string }) {
  const view = useSignal<TopUpView | null>(null);
  const trouble = useSignal("");
  useEffect(() => {
    const until = Date.now() + ASK_FOR_MS;
    let timer = 0;
    let isGone = false;
    const look = async () => {
      try {
        view.value = await ask("POST /api/top-ups/{id}/look", { params: { id } });
        trouble.value = "";
      } catch (refusal) {
        trouble.value = (refusal as Error).message;
        if (refusal instanceof Refusal && refusal.code === "top_up_not_found") return;
      }
      const isOpen = !view.value || view.value.state === "begun";
      if (!isGone && isOpen && Date.now() < until) timer = window.setTimeout(() => void look(), AGAIN_MS);
    };
    void look();
    return () => {
      isGone = true;
      window.clearTimeout(timer);
    };
  }, [id]);
  return (
    <Frame title="Top up" look="purse lit">
      <div class="stack gap-5">
        <div class="stack gap-2" role="status">
          <Words found={view.value} />
          {trouble.value && <p>{trouble.value}</p>}
        </div>
        <div>
          <a class="btn btn--primary" href="/wallet">
            To your wallet
          </a>
        </div>
      </div>
    </Frame>
  );
}
