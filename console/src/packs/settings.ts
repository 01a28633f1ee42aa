// A rule's settings as a duty officer reads them: what each is called, durations as people write them.

import { duration, pick } from "../words";
import { figure } from "../words/steps";
import type { Rule } from "../zone";

const NS_PER_MS = 1e6;

/** A value as people write it; null where none is set. */
export function valueText(value: number | string | null, isDuration: boolean): string {
  if (value === null) return "–";
  return isDuration && typeof value === "number" ? duration(value / NS_PER_MS) : figure(value);
}

/** Settings as texts of JSON, in words. */
export function settingsInWords(rule: Rule, settings: Record<string, string>): string {
  return Object.entries(settings)
    .map(([name, text]) => {
      const known = rule.tunable.find((one) => one.name === name);
      const value = JSON.parse(text) as number | string | null;
      return `${known ? pick(known.title) : name} ${valueText(value, known?.is_duration ?? false)}`;
    })
    .join(", ");
}
