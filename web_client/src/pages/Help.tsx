/** Help: the guide of one's role, to be read and taken along, and the ways to ask. */
import { ask } from "../http";
import { me } from "../state";
import { Crisis } from "../ui/Crisis";
import { Frame } from "../ui/Frame";
import { Icon } from "../ui/Icon";
import { Problem } from "../ui/Problem";
import { useFound } from "../ui/useFound";
import { MatterPage, NewSupportPage, SupportPage } from "./Support";
import "../styles/client.css";
import "./operator/operator.css";

function HelpPage() {
  const { found, trouble } = useFound(() => ask("GET /api/guide"));
  const guide = found.value;
  return (
    <Frame title="Help" look={me.value?.role === "client" ? "page--narrow" : "desk page--narrow"} hasCrisis>
      <div class="pagehead">
        <h1>Help</h1>
        <a class="btn btn--quiet" href="/api/guide.pdf" download>
          <Icon name="file-down" />
          Guide as PDF
        </a>
      </div>
      <div class="stack">
        <section class="card stack" aria-labelledby="ask">
          <h2 id="ask">Ask us</h2>
          <div class="cluster">
            <a class="btn btn--primary" href="/support/new">
              Write to us
            </a>
            <a class="btn btn--text" href="/support">
              What I wrote before
            </a>
            {me.value?.role === "therapist" && (
              <a class="btn btn--text" href="/feedback">
                How it is to work here
              </a>
            )}
          </div>
          <Crisis />
        </section>
        <Problem text={trouble.value} />
        {!guide && !trouble.value && <p role="status">One moment…</p>}
        {guide?.sections.map((section) => (
          <section key={section.title} class="card stack gap-2 operator" aria-label={section.title}>
            <h2>{section.title}</h2>
            {section.items.map((item) => (
              <details key={item.question}>
                <summary>{item.question}</summary>
                <p class="help__answer">{item.answer}</p>
              </details>
            ))}
          </section>
        ))}
      </div>
    </Frame>
  );
}

/** /help, /support, /support/new with or without the session it is about, /support/{id}. */
export function HelpPages({ first, id, about }: { first: string; id: string; about: string }) {
  if (first === "help") return <HelpPage />;
  if (id === "new") return <NewSupportPage key={about} sessionId={about} />;
  return id ? <MatterPage id={id} /> : <SupportPage />;
}
