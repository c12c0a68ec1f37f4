/** An address that is none of ours, or of somebody with another role. */
import { me } from "../state";
import { Frame } from "./Frame";

export function NotHere() {
  return (
    <Frame title="Nothing here" look={me.value?.role === "client" ? "page--narrow lit" : "desk page--narrow"}>
      <div class="stack nothere">
        <h1>There is nothing here</h1>
        <p class="sub">The address may have a typing mistake, or the page belongs to another account. Nothing was lost.</p>
        <p>
          <a class="btn btn--primary" href="/">
            Go to the first page
          </a>
        </p>
      </div>
    </Frame>
  );
}
