/**
 * What every page but the call stands in: skip link, header, and the main part.
 * Easy to break: on a change of page focus goes to the heading, on the first load it stays where the browser put it.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

import { me } from "../state";
import { announcement, pageTitle } from "./attention";
import { ConnectionBar } from "./ConnectionBar";
import { Crisis } from "./Crisis";
import { Header } from "./Header";

interface Props {
  title: string;
  /** Classes of the main element, beside `page`. */
  look: string;
  links?: boolean;
  /** A page that is one named region, with a foot that stays in view inside it. */
  region?: { name: string; foot: ComponentChildren };
  /** The page has the crisis numbers in a place of its own. */
  hasCrisis?: boolean;
  children: ComponentChildren;
}

let hasArrived = false;

export function Frame({ title, look, links = true, region, hasCrisis = region !== undefined, children }: Props) {
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    pageTitle.value = title;
  }, [title]);
  useEffect(() => {
    const heading = main.current?.querySelector("h1");
    if (hasArrived && heading) {
      heading.tabIndex = -1;
      heading.focus({ preventScroll: true });
    }
    hasArrived = true;
  }, []);
  return (
    <div class="frame">
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <Header links={links} />
      <ConnectionBar />
      <p class="sr" role="status">
        {announcement.value}
      </p>
      <main id="main" class={region ? "way" : `page ${look}`} ref={main} tabIndex={-1}>
        {region ? (
          <section class="way" aria-label={region.name}>
            <div class={`page ${look}`}>{children}</div>
            {region.foot}
          </section>
        ) : (
          children
        )}
      </main>
      {!hasCrisis && me.value?.role === "client" && (
        <footer class="frame__crisis">
          <Crisis />
        </footer>
      )}
    </div>
  );
}
