import { expect, test } from "vitest";

import { network, report } from "./words";

const FOUND = { serverMs: 30, isDirect: true, isSeenOutside: null, relays: null };

test("without a relay set up, an address of one's own is enough", () => {
  expect(network(FOUND).map((one) => one.tone)).toEqual(["good", "good"]);
});

test("a relay that does not answer is bad, and what may help is said", () => {
  const [, relay] = network({ ...FOUND, relays: [] });
  expect(relay).toMatchObject({ tone: "bad", text: expect.stringContaining("mobile data") as string });
  expect(network({ ...FOUND, relays: ["tls", "udp"] })[1]?.text).toContain("TLS, UDP");
});

test("a browser that may not call is told apart from a network that lets no UDP out", () => {
  expect(network({ ...FOUND, isDirect: false }).at(-1)).toMatchObject({ tone: "bad" });
  expect(network({ ...FOUND, isSeenOutside: false }).at(-1)).toMatchObject({ tone: "warn" });
  expect(network({ ...FOUND, isDirect: false, relays: ["udp"] }).at(-1)).toMatchObject({ tone: "good" });
});

test("the report holds what support asks for and says what was not tried", () => {
  const text = report({
    atMs: 0,
    browser: "A browser",
    permissions: { camera: "denied", microphone: "" },
    camera: "",
    microphone: "Headset",
    wasHeard: false,
    speaker: "not tried",
    trouble: "Your browser is blocking the camera.",
    network: null,
  });
  expect(text).toContain("Permission: camera denied, microphone unknown");
  expect(text).toContain("Microphone: Headset, nothing heard");
  expect(text).toContain("Network: not checked");
});
