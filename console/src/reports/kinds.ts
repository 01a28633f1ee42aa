// The two kinds of reports, their fields, and the spans people ask for.

import { ZONE, fromZone, zoneInput } from "../time";
import type { Schemas } from "../api/client";

export type Kind = "handover" | "daily";
export type Version = Schemas["ReportVersion"];
export type Note = "summary" | "matters" | "equipment" | "watch" | "remarks" | "events" | "measures" | "tomorrow";
export const KINDS: readonly Kind[] = ["handover", "daily"];
export const NOTES: Record<Kind, readonly Note[]> = {
  handover: ["summary", "matters", "equipment", "watch", "remarks"],
  daily: ["summary", "events", "measures", "tomorrow", "remarks"],
};
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export interface Chosen {
  from: string; // As an input of date and time has it.
  to: string;
}

const midnight = (at: number): number => Date.parse(fromZone(`${new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, dateStyle: "short" }).format(at)}T00:00`));

/** The spans people usually ask for, at an instant; ms. */
export function presets(now: number): Record<"lastShift" | "lastHalfDay" | "today" | "yesterday", Chosen> {
  const today = midnight(now);
  const span = (from: number, to: number): Chosen => ({ from: zoneInput(from), to: zoneInput(to) });
  return { lastShift: span(now - 8 * HOUR_MS, now), lastHalfDay: span(now - 12 * HOUR_MS, now), today: span(today, now), yesterday: span(today - DAY_MS, today) };
}
