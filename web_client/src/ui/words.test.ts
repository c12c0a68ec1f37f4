import { expect, test } from "vitest";

import { areaName, clientTime, clock, dateTime, dayOf, duration, language, money, ordinal, pence, soon, waitRange } from "./words";

test("money is pounds and pence, with a real minus", () => {
  expect([3500, 0, 5, 123_456_789].map(money)).toEqual(["£35.00", "£0.00", "£0.05", "£1,234,567.89"]);
  expect(money(-2250)).toBe("−£22.50");
});

test("an amount is read as people type it, and anything else is no amount", () => {
  expect(["35", "£35.00", " 35.5 ", "1,234.56", "0"].map(pence)).toEqual([3500, 3500, 3550, 123_456, 0]);
  expect(["", "abc", "-5", "1.234", "1e9", "£", "12345678"].map(pence)).toEqual([null, null, null, null, null, null, null]);
});

test("a client reads 6.05 pm, a desk 18:05", () => {
  const at = new Date(2026, 10, 22, 18, 5).getTime();
  expect(dateTime(at)).toBe("Sunday 22 November, 18:05");
  expect(dateTime(at, true)).toBe("Sunday 22 November, 6.05 pm");
});

test("a day is the same day in every zone, and what is soon is today or tomorrow", () => {
  expect(dayOf("2026-12-04")).toBe("Friday 4 December");
  const now = new Date(2026, 10, 22, 23, 30).getTime();
  expect(soon(new Date(2026, 10, 22, 23, 59).getTime(), now)).toBe("today, 23:59");
  expect(soon(new Date(2026, 10, 23, 2, 57).getTime(), now)).toBe("tomorrow, 02:57");
  expect(soon(new Date(2026, 10, 24, 2, 57).getTime(), now)).toBe("Tuesday 24 November, 02:57");
});

test("the place in line is a word, and a figure when it is far", () => {
  expect([1, 2, 3, 10].map(ordinal)).toEqual(["first", "second", "third", "tenth"]);
  expect([11, 12, 13, 21, 22, 23, 24, 111, 112, 121].map(ordinal)).toEqual([
    "11th", "12th", "13th", "21st", "22nd", "23rd", "24th", "111th", "112th", "121st",
  ]);
});

test("a waiting clock counts minutes and never runs backwards", () => {
  expect([0, 9, 48, 112, 600].map(clock)).toEqual(["0:00", "0:09", "0:48", "1:52", "10:00"]);
  expect(clock(-3)).toBe("0:00");
});

test("a length is said in the largest unit that is true", () => {
  expect([0, 1, 40, 60, 3_000].map(duration)).toEqual(["0 seconds", "1 second", "40 seconds", "1 minute", "50 minutes"]);
});

test("how long it usually takes is honest about its width", () => {
  expect(waitRange(5, 40)).toBe("under a minute");
  expect(waitRange(20, 110)).toBe("under 2 minutes");
  expect(waitRange(60, 120)).toBe("1 to 2 minutes");
  expect(waitRange(120, 120)).toBe("about 2 minutes");
});

test("a client reads the time as people say it", () => {
  const at = (hours: number, minutes: number) => clientTime(new Date(2026, 10, 22, hours, minutes).getTime());
  expect([at(18, 5), at(18, 0), at(9, 30), at(0, 0), at(12, 0)]).toEqual([
    "6.05 pm", "6 pm", "9.30 am", "12 am", "12 pm",
  ]);
});

test("areas and languages have names, and an unknown one is shown as it is", () => {
  expect(areaName("growth")).toBe("Personal growth");
  expect(areaName("sleep")).toBe("sleep");
  expect(language("pl")).toBe("Polish");
});
