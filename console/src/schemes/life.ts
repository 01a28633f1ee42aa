// What an application waits for, read from its life.

import type { Schemas } from "../api/client";
import { baseOf } from "./words";

type Application = Schemas["Application"];
const OVER = new Set(["reported", "verified", "cancelled"]);
const MOVES: Record<string, "supplement" | "account"> = { supplement: "supplement", account: "account" };

/** The step that was given and is not done; the newest if there are several. */
export function openStep(one: Application): Schemas["LifeStep"] | undefined {
  const done = new Set(one.steps.filter((step) => OVER.has(step.state)).map((step) => step.order));
  return one.steps.findLast((step) => step.state === "given" && !done.has(step.order));
}

/** What the enterprise itself must do next; undefined if it is not its turn. */
export function wantedMove(one: Application): "supplement" | "account" | undefined {
  const step = openStep(one);
  return step && MOVES[baseOf(step.action)];
}
