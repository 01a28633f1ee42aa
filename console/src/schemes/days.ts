// Days as the law counts them: in China, whatever this machine thinks.

import { ZONE, milliseconds } from "../time";

const written = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, dateStyle: "short" });

/** "2026-01-31" of an instant; ms. */
export const dayOf = (at: number): string => written.format(at);

/** The last day of a deadline of the API, which is the instant behind it; a dash for none. */
export function lastDay(due: string | null | undefined): string {
  const at = milliseconds(due);
  return Number.isFinite(at) ? dayOf(at - 1) : "–";
}
