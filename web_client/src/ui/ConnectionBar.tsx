/** One quiet line while the connection is lost. Empty otherwise, so that a screen reader hears only the change. */
import { connection } from "../state";
import { Icon } from "./Icon";

export function ConnectionBar() {
  const isLost = connection.value === "lost";
  return (
    <div role="status" class={isLost ? "banner banner--warn banner--strip" : ""}>
      {isLost && (
        <>
          <Icon name="wifi-off" />
          <div>
            <p>
              <strong>Reconnecting…</strong> Nothing was lost; this page catches up by itself.
            </p>
          </div>
        </>
      )}
    </div>
  );
}
