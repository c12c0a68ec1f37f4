/** A question asked once. Escape is the quiet answer. */
import { Sheet } from "../../ui/Sheet";

interface Props {
  title: string;
  text: string;
  yes: string;
  no: string;
  onYes: () => void;
  onNo: () => void;
}

export function Question({ title, text, yes, no, onYes, onNo }: Props) {
  return (
    <Sheet
      title={title}
      text={text}
      look="ask"
      onClose={onNo}
      foot={
        <>
          <button class="btn btn--danger" type="button" onClick={onYes}>
            {yes}
          </button>
          <button class="btn btn--quiet" type="button" onClick={onNo}>
            {no}
          </button>
        </>
      }
    />
  );
}
