import { describe, expect, it } from "vitest";

import { pieces } from "./links";

const links = (text: string) => pieces(text).flatMap(({ href }) => (href ? [href] : []));

describe("links in what people write", () => {
  it("finds addresses and leaves what ends the sentence", () => {
    expect(links("See https://a.example/b?c=1, then http://d.example.")).toEqual(["https://a.example/b?c=1", "http://d.example"]);
    expect(links("(https://a.example/x)")).toEqual(["https://a.example/x"]);
    expect(links("https://a.example/x_(y)")).toEqual(["https://a.example/x_(y)"]);
  });

  it("makes nothing of what is no web address", () => {
    expect(links("javascript:alert(1) data:text/html,x mailto:a@b.example //a.example xhttps://")).toEqual([]);
  });

  it("makes nothing of an address that hides where it leads", () => {
    expect(links("https://bank.example@evil.example/ https://a:b@c.example")).toEqual([]);
  });

  it("loses not a letter", () => {
    const text = "One https://a.example/b. Two\nhttps://c.example (three)";
    expect(pieces(text).map((piece) => piece.text).join("")).toBe(text);
  });
});
