// The drill there is: where it stands, and what may be done with it.

import { ref, shallowRef } from "vue";
import { CallError, get, send, type Schemas } from "../api/client";
import { explain } from "../words";

export type Stand = Schemas["Stand"];
export type Sheet = Schemas["Sheet"];
export const SPEEDS = [1, 2, 5, 10, 20, 50, 100];
const LOOK_EVERY_MS = 1_000;

export const stand = shallowRef<Stand | null>(null);
export const isKnown = ref(false);
export const said = ref("");

/** Look where it stands. */
export async function look(): Promise<void> {
  try {
    stand.value = (await get<Schemas["DrillShown"]>("/drill")).stand;
    isKnown.value = true;
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
  }
}

/** Look again and again; gives what ends it. */
export function watchDrill(): () => void {
  void look();
  const timer = setInterval(() => document.hidden || void look(), LOOK_EVERY_MS);
  return () => clearInterval(timer);
}

/** Do something about the drill; whether it was done. */
export async function act(path: "/drill" | "/drill/actions", body: Record<string, unknown>): Promise<boolean> {
  try {
    stand.value = (await send<Schemas["DrillShown"]>("POST", path, body)).stand;
    said.value = "";
    return true;
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    said.value = explain(error);
    return false;
  }
}

/** The next speed up or down. */
export function nextSpeed(now: number, way: 1 | -1): number {
  const found = way > 0 ? SPEEDS.find((speed) => speed > now) : SPEEDS.findLast((speed) => speed < now);
  return found ?? now;
}
