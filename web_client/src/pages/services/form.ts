/** A service as the form holds it: hours and pounds as people type them. Pure. */
import type { ServiceForm, ServiceSave } from "../../protocol.gen";

export interface Draft {
  id: string;
  name: string;
  kind: ServiceForm["kind"];
  price: string;
  minutes: string;
  methods: ServiceForm["methods"];
  questions: string;
  isPaid: boolean;
  isByHand: boolean;
  isOffered: boolean;
  moveHours: string;
  cancelHours: string;
  isLateReturned: boolean;
  movesMax: string;
}

export function fresh(): Draft {
  return {
    id: crypto.randomUUID(),
    name: "",
    kind: "therapy",
    price: "70.00",
    minutes: "60",
    methods: ["video"],
    questions: "",
    isPaid: true,
    isByHand: false,
    isOffered: true,
    moveHours: "24",
    cancelHours: "24",
    isLateReturned: false,
    movesMax: "",
  };
}

export function draftOf(service: ServiceForm): Draft {
  return {
    id: service.id,
    name: service.name,
    kind: service.kind,
    price: (service.price_pence / 100).toFixed(2),
    minutes: String(service.minutes),
    methods: service.methods,
    questions: service.questions.join("\n"),
    isPaid: service.is_paid,
    isByHand: service.is_confirmed_by_hand,
    isOffered: service.is_offered,
    moveHours: String(service.move_minutes / 60),
    cancelHours: String(service.cancel_minutes / 60),
    isLateReturned: service.is_late_returned,
    movesMax: service.moves_max === null ? "" : String(service.moves_max),
  };
}

/** What is sent; or a sentence that says what is wrong. */
export function bodyOf(draft: Draft): ServiceSave | string {
  const pence = Math.round(Number(draft.price.replace(/[£,\s]/g, "")) * 100);
  const moves = draft.movesMax.trim() === "" ? null : Number(draft.movesMax);
  const hours = [draft.moveHours, draft.cancelHours].map(Number);
  if (!draft.name.trim()) return "A service needs a name.";
  if (!Number.isFinite(pence) || pence < 0) return "The price is an amount in pounds, for example 70.00.";
  if (draft.methods.length === 0) return "Choose at least one way to meet.";
  if (hours.some((one) => !Number.isFinite(one) || one < 0 || one > 720)) return "Cut-offs are hours, from 0 to 720.";
  if (moves !== null && (!Number.isInteger(moves) || moves < 0)) return "How often it may be moved is a number, or empty.";
  return {
    id: draft.id,
    name: draft.name.trim(),
    kind: draft.kind,
    price_pence: pence,
    minutes: Number(draft.minutes),
    methods: draft.methods,
    questions: draft.questions.split("\n").map((line) => line.trim()).filter(Boolean),
    is_paid: draft.isPaid,
    is_confirmed_by_hand: draft.isByHand,
    is_offered: draft.isOffered,
    move_minutes: Math.round(hours[0]! * 60),
    cancel_minutes: Math.round(hours[1]! * 60),
    is_late_returned: draft.isLateReturned,
    moves_max: moves,
  };
}
