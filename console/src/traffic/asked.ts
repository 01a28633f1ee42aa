// What is asked of charts: typed answers, spans, and the shape of a question in the address.

import { CallError, SEND_WAIT_MS, get, type Schemas } from "../api/client";
import { fromZone, milliseconds } from "../time";
import { explain } from "../words";

export type Sites = Schemas["ChartsShown"];
export type JunctionTold = Schemas["JunctionTold"];
export type CoordinationTold = Schemas["CoordinationTold"];
export type CorridorTold = Schemas["CorridorTold"];
export type ComparisonShown = Schemas["ComparisonShown"];

export const VIEWS = ["junction", "coordination", "corridor", "comparison"] as const;
export type View = (typeof VIEWS)[number];
export const MINUTE_MS = 60_000;
export const HOUR_MS = 60 * MINUTE_MS;

/** A question's part of the address; what is not said is left out. */
export type Question = Record<string, string>;

/** What an input shows, as milliseconds; NaN if nothing. */
export const atOf = (input: string): number => (input ? Date.parse(fromZone(input)) : NaN);

/** The answer to a question, or what was wrong with it, in words. */
export async function ask<T>(path: string, query: Record<string, string | number>): Promise<{ told: T | null; trouble: string }> {
  try {
    return { told: await get<T>(`/traffic/charts${path}`, query, SEND_WAIT_MS), trouble: "" };
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    return { told: null, trouble: explain(error) };
  }
}

/** An instant of a chart: seconds after its beginning. */
export const instantOf = (fromAt: string | null, seconds: number): number => milliseconds(fromAt) + seconds * 1_000;

/** Where in a rising row a value stands: the last place not beyond it, 0 at least. */
export function placeOf(row: readonly number[], value: number): number {
  let low = 0;
  let high = row.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (row[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
