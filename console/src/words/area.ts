// The words of one area, both languages beside each other; the compiler checks that none is missing.

import { language } from "./index";

/** Gives a word of the area by its name, with what stands in braces filled in. */
export const area =
  <T extends Record<string, string>>(zh: T, en: { [K in keyof T]: string }) =>
  (name: keyof T & string, values: Record<string, unknown> = {}): string =>
    (language.value === "zh" ? zh : en)[name]!.replace(/\{(\w+)\}/g, (_, key: string) => String(values[key] ?? ""));
