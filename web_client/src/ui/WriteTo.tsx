/** A way to one's own therapist when nobody is there to talk to: whom one wrote with last. Nothing for who has none. */
import { inbox } from "../messages/inbox";

export function WriteTo() {
  const known = inbox.value?.[0];
  if (!known || known.seat !== "client") return null;
  return (
    <a class="line-link" href={`/messages/${known.id}`}>
      Write to {known.first_name} {known.last_name}
    </a>
  );
}
