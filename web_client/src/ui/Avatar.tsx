/** A face, or the initials while there is none. The name stands beside it, so readers skip it. */
import { useSignal } from "@preact/signals";

interface Person {
  first_name: string;
  last_name: string;
  photo: string | null;
}

export function initials(person: Pick<Person, "first_name" | "last_name">): string {
  return `${person.first_name.slice(0, 1)}${person.last_name.slice(0, 1)}`.toUpperCase();
}

export function Avatar({ person, size }: { person: Person; size?: "s" | "l" }) {
  const isBroken = useSignal(false);
  const look = size ? `avatar avatar--${size}` : "avatar";
  if (person.photo && !isBroken.value) {
    return <img class={look} src={person.photo} alt="" onError={() => (isBroken.value = true)} />;
  }
  return (
    <span class={look} aria-hidden="true">
      {initials(person)}
    </span>
  );
}
