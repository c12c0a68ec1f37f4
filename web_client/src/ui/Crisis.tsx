/** Crisis numbers: in the page itself, never fetched, in view on every page of somebody who waits. */
export function Crisis() {
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
