/**
 * JSON over HTTP, typed by the generated `Routes`. Knows no page.
 * Easy to break: no answer is not a refusal; `Refusal.code` is then "no_answer" and nothing is known to be lost.
 */
import type { Answer, ErrorCode, Routes } from "./protocol.gen";

export class Refusal extends Error {
  constructor(
    readonly code: ErrorCode | "no_answer",
    message: string,
  ) {
    super(message);
  }
}

export const NO_ANSWER = "We cannot reach the server just now. Nothing was lost; please try again.";

type Params = Record<string, string>;

/** What goes with a request: JSON, or a file as it is with its name beside it. */
function sent(body: unknown, file: File | undefined): RequestInit {
  if (file) {
    const headers = { "Content-Type": "application/octet-stream", "X-File-Name": encodeURIComponent(file.name) };
    return { body: file, headers };
  }
  return body ? { body: JSON.stringify(body), headers: { "Content-Type": "application/json" } } : {};
}

/** Ask one route; `{name}` parts of its path come from `params`. Rejects with a `Refusal`, also when `signal` aborts. */
export async function ask<R extends keyof Routes>(
  route: R,
  options: { body?: Routes[R]["body"]; params?: Params; signal?: AbortSignal; file?: File } = {},
): Promise<Routes[R]["value"]> {
  const [method = "GET", pattern = ""] = route.split(" ");
  const path = pattern.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(options.params?.[name] ?? ""));
  let answer: Answer<Routes[R]["value"]>;
  try {
    const response = await fetch(path, {
      method,
      ...(options.signal ? { signal: options.signal } : {}),
      ...sent(options.body, options.file),
    });
    answer = (await response.json()) as Answer<Routes[R]["value"]>;
  } catch {
    throw new Refusal("no_answer", NO_ANSWER);
  }
  if (answer.ok) return answer.value;
  throw new Refusal(answer.code, answer.message);
}
