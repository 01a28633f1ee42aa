// What people may do to an order or a case next; the server decides, this only offers.

import type { Case, WorkOrder } from "../api/client";
import { pick } from "../words";

export interface Doing {
  verb: string; // As the API says it.
  word: "accept" | "handle" | "report" | "verify" | "sendBack" | "cancel" | "hold" | "resume" | "override" | "note";
}

const does = (verb: string, word = verb): Doing => ({ verb, word: word as Doing["word"] });
const ACCEPT = does("accept");
const HANDLE = does("handle");
const REPORT = does("report");
const CANCEL = does("cancel");
const NEXT: Record<string, Doing[]> = {
  dispatched: [ACCEPT, REPORT, CANCEL],
  delivered: [ACCEPT, REPORT, CANCEL],
  undelivered: [ACCEPT, REPORT, CANCEL],
  accepted: [HANDLE, REPORT, CANCEL],
  handled: [REPORT, CANCEL],
  reported: [does("verify"), does("send-back", "sendBack")],
};
export const NEEDS_REASON = new Set(["send-back", "cancel", "hold", "override", "note"]);

/** Whether a person has something to do about it: devices answer for themselves. */
export const waitsForPeople = (given: WorkOrder): boolean => nextVerbs(given).length > 0;

/** Whether a loop gave it, such as "traffic.signals": it gives the next itself, and its playbooks call people where that is of no use. */
const isLoops = (given: WorkOrder): boolean => given.case.includes(".");

/** What may be done to an order next, the likeliest first. */
export function nextVerbs(given: WorkOrder): Doing[] {
  const isDevices = given.order.settled === "receipt" && (given.state !== "undelivered" || isLoops(given));
  return isDevices ? [] : (NEXT[given.state] ?? []);
}

/** What an order is, and of what: many titles name the thing already. */
export function orderText({ order }: WorkOrder): string {
  const title = pick(order.title);
  return title.includes(order.entity) ? title : `${title} · ${order.entity}`;
}

/** What may be done to a case; closing it by hand is not for everybody who may act. */
export function caseVerbs(found: Case, mayOverride: boolean): Doing[] {
  if (found.state === "closed") return [does("note")];
  return [does(found.state === "held" ? "resume" : "hold"), does("note"), ...(mayOverride ? [does("override")] : [])];
}
