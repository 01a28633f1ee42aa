// Both languages, the browser's first; what the server says in two, and what errors mean.

import { createI18n } from "vue-i18n";
import type { CallError, Text } from "../api/client";
import { durationText } from "../time";
import en from "./en";
import zh from "./zh";

export type Language = "zh" | "en";
type Names<T> = { [K in keyof T & string]: T[K] extends string ? K : `${K}.${Names<T[K]>}` }[keyof T & string];
type Name = Names<typeof zh>;
const KEPT = "haihe.language";

function preferred(): Language {
  try {
    const kept = localStorage.getItem(KEPT);
    if (kept === "zh" || kept === "en") return kept;
  } catch {
    // Storage may be switched off; the browser's language is enough.
  }
  return (navigator.language || "en").toLowerCase().startsWith("zh") ? "zh" : "en";
}

export const i18n = createI18n<[typeof zh], Language, false>({
  legacy: false,
  locale: preferred(),
  fallbackLocale: false,
  messages: { zh, en },
});

/** The language shown now. */
export const language = i18n.global.locale;
/** A word by its name; the compiler knows all names, so none can be missing. */
export const t = i18n.global.t as (name: Name, values?: Record<string, unknown>) => string;

/** A word by a name that may be unknown, such as one the server made; else what is given. */
export const wordOr = (name: string, otherwise: string): string => (i18n.global.te(name) ? t(name as Name) : otherwise);

/** Show the other language, now and next time. */
export function switchLanguage(): void {
  language.value = language.value === "zh" ? "en" : "zh";
  document.documentElement.lang = language.value === "zh" ? "zh-CN" : "en";
  try {
    localStorage.setItem(KEPT, language.value);
  } catch {
    // As above.
  }
}

/** A text of the server in the language shown. */
export const pick = (text: Text | undefined | null): string => (text ? text[language.value] || text.zh || text.en : "");

/** What an error means; the server's own words, which are English, follow. */
export function explain(error: CallError): string {
  const known = wordOr(`errors.${error.code}`, "");
  const said = [error.message, error.whatToDo].filter(Boolean).join(" ");
  return known && known !== said ? `${known}${said ? ` — ${said}` : ""}` : said;
}

/** A duration in words. */
export const duration = (ms: number): string =>
  durationText(ms, { d: t("units.d"), h: t("units.h"), min: t("units.min"), s: t("units.s") });
