/** Who answers at once, for somebody who has said that they are worried about their safety. */
import { useEffect, useRef } from "preact/hooks";

import { Icon } from "../ui/Icon";

export function Urgent() {
  const card = useRef<HTMLDivElement>(null);
  // On a phone it would come up behind the foot of the page, unseen.
  useEffect(() => card.current?.scrollIntoView({ block: "center" }), []);
  return (
    <div class="card urgent stack gap-3" ref={card}>
      <h2>Thank you for telling us</h2>
      <p>Your therapist will see this first. If you cannot stay safe while you wait, these people answer now:</p>
      <div class="urgent__grid">
        <a class="btn btn--primary" href="tel:999">
          <Icon name="phone" />
          Call 999
        </a>
        <a class="btn btn--quiet" href="tel:116123">
          <Icon name="phone" />
          Samaritans 116 123
        </a>
        <a class="btn btn--quiet" href="sms:85258">
          <Icon name="message-square" />
          Text SHOUT to 85258
        </a>
        <a class="btn btn--quiet" href="tel:111">
          <Icon name="phone" />
          NHS 111, then press 2
        </a>
      </div>
    </div>
  );
}
