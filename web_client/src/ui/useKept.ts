/**
 * What somebody types into a form outlives a reload, a tab that the phone put away, and a sign-in that ran out. Kept in
 * this tab alone, and forgotten with `whose.ts`. Easy to break: never a password or a code, and a value set back to where
 * it started (as after it was sent) is kept no longer.
 */
import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";

export function keptOr<Value>(key: string, start: Value): Value {
  try {
    const text = sessionStorage.getItem(key);
    return text === null ? start : (JSON.parse(text) as Value);
  } catch {
    return start;
  }
}

export function keep<Value>(key: string, value: Value, start: Value): void {
  const text = JSON.stringify(value);
  try {
    if (text === JSON.stringify(start)) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, text);
  } catch {
    // A full or forbidden storage costs the safety net and not the form.
  }
}

/** A signal like `useSignal`, kept under `name`, which says whose words these are: the form and what it is about. */
export function useKept<Value>(name: string, start: Value): Signal<Value> {
  const key = `kept:${name}`;
  const value = useSignal(keptOr(key, start));
  useSignalEffect(() => keep(key, value.value, start));
  // Where it starts changes as well: what was saved is what is stored from then on.
  useEffect(() => keep(key, value.peek(), start));
  return value;
}
