// What is asked of a stretch, and what stands in the address of the page.

import type { Schemas } from "../api/client";

export type Backtest = Schemas["Backtest"];
export type Answer = NonNullable<Backtest["answer"]>;
export type Run = Answer["runs"][number];
export type Listed = Schemas["BacktestListed"];
export type Way = Schemas["TurnBody"]["way"];
export const PLAN = "plan.";
const TENS = 10;

/** To a tenth. */
export const tenth = (value: number): number => Math.round(value * TENS) / TENS;

/** Settings of one loop as the shadow's form takes them: a line each. */
export const linesOf = (run: Run, loop: string): string =>
  run.settings.filter(([name]) => String(name).startsWith(`${loop}.`)).map(([name, value]) => `${String(name).slice(loop.length + 1)}=${value}`).join("\n");
