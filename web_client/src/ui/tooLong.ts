/**
 * What a field with a limit leaves out of a paste. Browsers cut it off and say nothing; we say it beside the field.
 * Knows no page: it listens to the document.
 */

/** How many characters of a paste do not fit. Browsers count as `maxLength` does, in UTF-16 units. */
export function leftOut(pasted: number, had: number, replaced: number, max: number): number {
  return Math.max(0, had - replaced + pasted - max);
}

/** "600 of the 10,600 characters did not fit", and what to do. */
export function leftOutWords(over: number, pasted: number, max: number): string {
  const count = new Intl.NumberFormat("en-GB");
  return `${count.format(over)} of the ${count.format(pasted)} characters you pasted did not fit: this field holds ${count.format(max)}.`;
}

function tell(field: HTMLElement, words: string): void {
  const said = document.createElement("p");
  said.className = "too-long";
  said.setAttribute("role", "status");
  field.after(said);
  // A live region is heard when it changes, not when it comes.
  window.setTimeout(() => (said.textContent = words), 50);
  field.addEventListener("input", () => field.addEventListener("input", () => said.remove(), { once: true }), { once: true });
  field.addEventListener("blur", () => said.remove(), { once: true });
}

/** Call once. */
export function beginWatchingPastes(): void {
  document.addEventListener("paste", (event) => {
    const field = event.target;
    if (!(field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement) || field.maxLength < 0) return;
    const pasted = event.clipboardData?.getData("text/plain").length ?? 0;
    const replaced = (field.selectionEnd ?? 0) - (field.selectionStart ?? 0);
    const over = leftOut(pasted, field.value.length, replaced, field.maxLength);
    if (over > 0) tell(field, leftOutWords(over, pasted, field.maxLength));
  });
}
