// Whole fen as people read yuan: "38万元" in words, "380,000.50" in tables; and what they type, back to fen.

import { language } from "../words";

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const FEN = 100;
const TYPED = /^(\d{1,13})(?:\.(\d{1,2}))?$/; // Below 2^53 fen, so every one is exact.

/** Yuan with separators from whole fen; the fen only where there are some. A dash for nothing. */
export function yuan(fen: number | null | undefined): string {
  if (fen === null || fen === undefined) return "–";
  const whole = grouped.format(Math.trunc(Math.abs(fen) / FEN));
  const rest = Math.abs(fen) % FEN;
  return `${fen < 0 ? "−" : ""}¥${whole}${rest ? `.${String(rest).padStart(2, "0")}` : ""}`;
}

const LARGE: readonly [unit: number, word: string][] = [[10_000_000_000, "亿元"], [1_000_000, "万元"]];

/** An amount in words: 38万元 or 38.5万元, and 380,000 yuan in English; exact to the fen. */
export function amountText(fen: number): string {
  if (language.value === "zh") for (const [unit, word] of LARGE) if (Math.abs(fen) >= unit && fen % (unit / FEN) === 0) return `${fen / unit}${word}`;
  return `${yuan(fen).replace("¥", "")}${language.value === "zh" ? "元" : " yuan"}`;
}

/** The same with its sign, for what is more or less. */
export const yuanChange = (fen: number): string => (fen > 0 ? `+${yuan(fen)}` : yuan(fen));

/** Whole fen of what was typed as yuan; undefined if it is none. */
export function fenOf(text: string): number | undefined {
  const found = TYPED.exec(text.replace(/[,，\s¥]/g, ""));
  return found ? Number(found[1]) * FEN + Number((found[2] ?? "").padEnd(2, "0")) : undefined;
}
