/**
 * Crisis numbers: in the page itself, never fetched, in view on every page of somebody who waits.
 * In one line, `isShort`, where a person has something else to answer.
 */
export function Crisis({ isShort = false }: { isShort?: boolean }) {
  if (isShort) {
    return (
      <div class="crisis crisis--short" role="note" aria-label="Crisis numbers">
        <a href="tel:999">Call 999</a>
        <a href="tel:116123">Samaritans 116 123</a>
        <a href="sms:85258">Text SHOUT 85258</a>
      </div>
    );
  }
  return (
    <div class="crisis" role="note" aria-label="Crisis numbers">
      <span>
        In danger right now? Call <a href="tel:999">999</a>
      </span>
      <div class="crisis__list">
        <a href="tel:116123">Samaritans 116 123</a>
        <a href="sms:85258">Text SHOUT to 85258</a>
      </div>
    </div>
  );
}
