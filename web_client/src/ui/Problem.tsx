/** Why the last press did nothing, read out as it appears; nothing at all while there is no problem. */
import { Icon } from "./Icon";

export function Problem({ text, id }: { text: string; id?: string }) {
  return (
    <p class="error" role="alert" id={id}>
      {text && (
        <>
          <Icon name="circle-alert" small />
          {text}
        </>
      )}
    </p>
  );
}
