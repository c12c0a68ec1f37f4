/** Where the words were found, each a way to that very place. */
import type { SearchHit, SearchView } from "../../protocol.gen";
import { clock, dateTime } from "../../ui/words";
import { foundWords } from "./choice";

function whereTo(hit: SearchHit): string {
  const session = `/sessions/${hit.session_id}`;
  switch (hit.kind) {
    case "said":
    case "chat":
      return `${session}/${hit.kind}/${hit.seq}`;
    case "notes":
      return `${session}/notes`;
    case "name":
      return session;
  }
}

function Place({ hit }: { hit: SearchHit }) {
  switch (hit.kind) {
    case "said":
      return (
        <>
          {hit.who} at <span class="num">{clock(hit.from_ms / 1000)}</span>
        </>
      );
    case "chat":
      return <>{hit.who}, in the chat</>;
    case "notes":
      return <>Your notes</>;
    case "name":
      return <>Name</>;
  }
}

export function Hits({ view }: { view: SearchView }) {
  const sessions = new Set(view.hits.map((hit) => hit.session_id)).size;
  return (
    <div class="stack log__hits">
      <p class="sub" role="status">
        {foundWords(view.hits.length, sessions, view.searched, view.total, view.is_cut)}
      </p>
      <ul class="stack log__found" aria-label="Places found">
        {view.hits.map((hit, place) => (
          <li key={place}>
            <a class="card hit" href={whereTo(hit)}>
              <strong>{hit.client_name}</strong>
              <span class="fine">
                {dateTime(hit.at_ms)}. <Place hit={hit} />
              </span>
              <span class="hit__words">
                {hit.before}
                <mark>{hit.found}</mark>
                {hit.after}
              </span>
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}
