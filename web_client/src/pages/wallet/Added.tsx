/** Back from the payment service: whether the money has come, asked until it is known. */
import { ask } from "../../http";
import type { TopUpView } from "../../protocol.gen";
import { Frame } from "../../ui/Frame";
import { useUntil } from "../../ui/useUntil";
import { money } from "../../ui/words";
import "../../styles/client.css";
import "./wallet.css";

const ASKED = { everyMs: 2_000, forMs: 60_000 };

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
  const look = () => ask("POST /api/top-ups/{id}/look", { params: { id } });
  const { found: view, trouble } = useUntil<TopUpView>(id, look, (found) => found.state !== "begun", ASKED);
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
