// The other pages about traffic, where they are part of this console.

import { router } from "../router";
import { say } from "./words";

type Word = "charts" | "whatif" | "backtest";
const OTHERS: readonly (readonly [string, Word])[] = [["traffic-charts", "charts"], ["lane-day", "whatif"], ["backtest", "backtest"]];

/** Those there are, with what they are called. */
export const others = (): { name: string; title: string }[] => OTHERS.filter(([name]) => router.hasRoute(name)).map(([name, word]) => ({ name, title: say(word) }));
