// Whole fen as people read yuan: "380,000.50"; and what people type, back to fen.

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

/** The same with its sign, for what is more or less. */
export const yuanChange = (fen: number): string => (fen > 0 ? `+${yuan(fen)}` : yuan(fen));

/** Whole fen of what was typed as yuan; undefined if it is none. */
export function fenOf(text: string): number | undefined {
  const found = TYPED.exec(text.replace(/[,，\s¥]/g, ""));
  return found ? Number(found[1]) * FEN + Number((found[2] ?? "").padEnd(2, "0")) : undefined;
}
