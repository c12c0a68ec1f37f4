/**
 * A page whose code is fetched when it is needed, so that the first page comes up sooner.
 * Easy to break: what must not be waited for at the moment itself, the call, is fetched ahead with `fetchAhead`.
 */
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";

import { Crisis } from "./Crisis";
import { Header } from "./Header";

const AGAIN_MS = 1_500;

export interface Later<Props> {
  Page: ComponentType<Props>;
  fetchAhead: () => void;
}

/** `isPart`: it stands in a page that is there already, and nothing is shown in its place meanwhile. */
export function later<Props extends object>(
  load: () => Promise<ComponentType<Props>>,
  { isPart = false } = {},
): Later<Props> {
  const loaded = signal<{ Page: ComponentType<Props> } | null>(null);
  const hasFailed = signal(false);
  let isLoading = false;

  const fetchAhead = () => {
    if (isLoading || loaded.peek()) return;
    isLoading = true;
    load()
      .then(
        (Page) => (loaded.value = { Page }),
        () => {
          hasFailed.value = true;
          window.setTimeout(fetchAhead, AGAIN_MS);
        },
      )
      .finally(() => (isLoading = false));
  };

  function Page(props: Props) {
    useEffect(fetchAhead, []);
    if (loaded.value) return <loaded.value.Page {...props} />;
    if (isPart) return null;
    return (
      <div class="frame">
        <Header links={false} />
        <main class="page stack soon" id="main">
          <p role="status">
            {hasFailed.value ? "We cannot reach the server just now. We keep trying; nothing was lost." : "One moment…"}
          </p>
          <Crisis />
        </main>
      </div>
    );
  }
  return { Page, fetchAhead };
}
