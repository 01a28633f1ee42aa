// Instants and durations as people read them. The platform's clock may run faster than the wall's.

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
export const ZONE = "Asia/Shanghai"; // One zone for the whole country.

const written = new Intl.DateTimeFormat("sv-SE", {
  timeZone: ZONE,
  dateStyle: "short",
  timeStyle: "medium",
});
const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, timeStyle: "medium" });

/** An instant of the API as milliseconds since 1970; NaN for never. */
export const milliseconds = (instant: string | null | undefined): number => (instant ? Date.parse(instant) : NaN);

/** "2026-01-01 08:00:00" in the zone's time; a dash for never. */
export function instantText(instant: string | number | null | undefined): string {
  const at = typeof instant === "number" ? instant : milliseconds(instant);
  return Number.isFinite(at) ? written.format(at) : "–";
}

/** "08:00:00" in the zone's time. */
export function clockText(instant: string | number | null | undefined): string {
  const at = typeof instant === "number" ? instant : milliseconds(instant);
  return Number.isFinite(at) ? clock.format(at) : "–";
}

const day = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, month: "2-digit", day: "2-digit" });
const minute = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE, hour: "2-digit", minute: "2-digit" });

/** As short as an axis needs it: the day at midnight, else the time; seconds only between minutes. */
export function axisText(at: number): string {
  if (at % MINUTE) return clock.format(at);
  const time = minute.format(at);
  return time === "00:00" ? day.format(at) : time;
}

/** A duration as two units at most: "2 h 05 min". */
export function durationText(ms: number, words: { d: string; h: string; min: string; s: string }): string {
  const left = Math.abs(ms);
  if (left >= DAY) return `${Math.floor(left / DAY)} ${words.d} ${Math.floor((left % DAY) / HOUR)} ${words.h}`;
  if (left >= HOUR) return `${Math.floor(left / HOUR)} ${words.h} ${pad((left % HOUR) / MINUTE)} ${words.min}`;
  if (left >= MINUTE) return `${Math.floor(left / MINUTE)} ${words.min} ${pad((left % MINUTE) / SECOND)} ${words.s}`;
  return `${Math.floor(left / SECOND)} ${words.s}`;
}

const pad = (value: number): string => String(Math.floor(value)).padStart(2, "0");

/** An instant as an input of date and time takes it, in the zone's time. */
export const zoneInput = (at: number): string => written.format(at).replace(" ", "T").slice(0, 16);

/** What such an input gives, as the API takes it: China has one time zone and no summer time. */
export const fromZone = (text: string): string => `${text.length === 16 ? `${text}:00` : text}+08:00`;
