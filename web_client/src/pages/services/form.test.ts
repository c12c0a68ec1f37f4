import { expect, test } from "vitest";

import { bodyOf, draftOf, fresh } from "./form";

const SERVICE = {
  id: "therapy-60",
  name: "Therapy",
  kind: "therapy",
  price_pence: 7_050,
  minutes: 60,
  methods: ["video"],
  questions: ["Why now?"],
  is_paid: true,
  is_confirmed_by_hand: false,
  is_offered: true,
  move_minutes: 1_440,
  cancel_minutes: 720,
  is_late_returned: false,
  moves_max: null,
} as const;

test("a service goes through the form unchanged", () => {
  expect(bodyOf(draftOf({ ...SERVICE, methods: ["video"], questions: ["Why now?"] }))).toEqual(SERVICE);
});

test("what cannot be is said in words", () => {
  const good = { ...fresh(), name: "Couples" };
  expect(bodyOf({ ...good, name: " " })).toContain("name");
  expect(bodyOf({ ...good, price: "much" })).toContain("pounds");
  expect(bodyOf({ ...good, methods: [] })).toContain("way to meet");
  expect(bodyOf({ ...good, cancelHours: "900" })).toContain("hours");
  expect(bodyOf({ ...good, movesMax: "1.5" })).toContain("moved");
});
