// The words of the vital signs, both languages together.

import type { Schemas } from "../api/client";
import { figure } from "./steps";
import { language } from "./index";

type Sign = Schemas["Sign"];
type Words = {
  alarms: string;
  cases: string;
  standing: Record<Sign["standing"], string>;
  usually: (sign: Sign) => string;
  tooFew: (days: number, needed: number) => string;
  nothingNow: string;
  chart: (name: string, hours: number) => string;
  sample: (sign: Sign) => string;
  deviations: string;
};

const with_ = (sign: Sign) => `${figure(sign.median)} ± ${figure(sign.spread)}${sign.unit === "1" ? "" : ` ${sign.unit}`}`;
const WORDS: Record<"zh" | "en", Words> = {
  zh: {
    alarms: "每小时报警",
    cases: "每小时立案",
    standing: { unknown: "尚无可比", usual: "与往常相同", higher: "高于往常", lower: "低于往常", "far-higher": "远高于往常", "far-lower": "远低于往常" },
    usually: (sign) => `往常此时 ${with_(sign)}（${sign.days} 天）`,
    tooFew: (days, needed) => `历史不足（${days}/${needed} 天）`,
    nothingNow: "本小时无数据",
    chart: (name, hours) => `${name}：近 ${hours} 小时；虚线为往常`,
    sample: (sign) => `取 ${sign.entities} 个中的 ${sign.sampled} 个`,
    deviations: "与往常此时相比",
  },
  en: {
    alarms: "alarms an hour",
    cases: "cases an hour",
    standing: { unknown: "nothing to compare with", usual: "as usual", higher: "higher than usual", lower: "lower than usual", "far-higher": "far above usual", "far-lower": "far below usual" },
    usually: (sign) => `usually ${with_(sign)} at this hour (${sign.days} days)`,
    tooFew: (days, needed) => `not enough history (${days} of ${needed} days)`,
    nothingNow: "nothing told this hour",
    chart: (name, hours) => `${name}: the last ${hours} hours; dashed: as usual`,
    sample: (sign) => `of ${sign.sampled} of ${sign.entities}`,
    deviations: "Against what is usual at this hour",
  },
};

/** The words in the language shown. */
export const vitalWords = (): Words => WORDS[language.value];

/** How a sign stands, in words; why that cannot be said where it cannot. */
export function standingText(sign: Sign, needed: number): string {
  const words = vitalWords();
  if (sign.standing !== "unknown") return words.standing[sign.standing];
  return sign.value === null ? words.nothingNow : words.tooFew(sign.days, needed);
}
