/** Taking a withdrawal back before its invoice is there. */
import { ask } from "../../http";
import type { WalletLine } from "../../protocol.gen";
import { Sheet } from "../../ui/Sheet";
import { Problem } from "../../ui/Problem";
import { useAct } from "../../ui/useAct";
import { money } from "../../ui/words";

export function TakeBack({ line, onClose, onDone }: { line: WalletLine; onClose: () => void; onDone: () => void }) {
  const { isBusy, problem, run } = useAct();
  const takeBack = async () => {
    const id = line.withdrawal_id ?? "";
    if (await run((key) => ask("POST /api/withdrawals/{id}/take-back", { params: { id }, body: { key } }))) onDone();
  };
  return (
    <Sheet
      title="Take this withdrawal back?"
      text={`${money(-line.amount_pence)} is ready to withdraw again at once. An invoice you have already sent for it is not paid.`}
      onClose={onClose}
      foot={
        <>
          <button class="btn btn--primary" type="button" aria-disabled={isBusy.value} onClick={() => void takeBack()}>
            {isBusy.value ? "Taking it back…" : "Take it back"}
          </button>
          <button class="btn btn--text" type="button" onClick={onClose}>
            Leave it
          </button>
        </>
      }
    >
      <Problem text={problem.value} />
    </Sheet>
  );
}
