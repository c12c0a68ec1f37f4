/** What a therapist must not overlook of a request, on its card and after they have accepted it. */
import { Icon } from "./Icon";
import { language } from "./words";

interface Asked {
  is_rehearsal: boolean;
  is_chat_only: boolean;
  is_worried: boolean;
  language: string;
}

export function Marks({ asked }: { asked: Asked }) {
  return (
    <>
      {asked.is_rehearsal && <span class="badge badge--accent">Test session</span>}
      {asked.is_chat_only && (
        <span class="badge">
          <Icon name="message-square" small />
          Chat only
        </span>
      )}
      {asked.is_worried && (
        <span class="badge badge--bad">
          <Icon name="triangle-alert" small />
          Worried about safety
        </span>
      )}
      {asked.language && <span class="badge">{language(asked.language)}</span>}
    </>
  );
}
