import { expect, test } from "vitest";

import type { CaptionView } from "../protocol.gen";
import { withLine } from "./captions";

const line = (id: string, from_ms: number): CaptionView => ({ session_id: "s", id, text: id, from_ms, to_ms: from_ms + 1 });

test("captions stand once each, as they were spoken, and the oldest go", () => {
  let lines: CaptionView[] = [];
  for (const one of [line("b", 2), line("a", 1), line("b", 2)]) lines = withLine(lines, one);
  expect(lines.map(({ id }) => id)).toEqual(["a", "b"]);
  for (let at = 3; at < 200; at++) lines = withLine(lines, line(`${at}`, at));
  expect(lines).toHaveLength(100);
  expect(lines.at(-1)?.id).toBe("199");
});
