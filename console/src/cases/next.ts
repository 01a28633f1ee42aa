// What one person can do next about a case, on the shortest way to its closure; and why not the rest.

import type { Case, Myself, WorkOrder } from "../api/client";
import { nextVerbs, orderText, type Doing } from "../parts/doing";
import { say } from "./words";

export interface Step {
  subject: string; // As the API's path has it.
  doing: Doing;
  about: string;
  hands: string[];
  text: string;
  why: string;
}
export interface Guide {
  step: Step | null;
  waits: string; // What is waited for where there is no step.
  others: string[];
}

const DO = new Set(["officer", "dispatcher", "crew", "admin"]);
const JUDGE = new Set(["officer", "dispatcher", "admin"]);
const WAY: Record<string, "accept" | "report" | "verify"> = {
  dispatched: "accept", delivered: "accept", undelivered: "accept", accepted: "report", handled: "report", reported: "verify",
};
const FIRST = ["verify", "report", "accept"]; // What is nearest to its end comes first.

/** Whether a person has one of some roles. */
const has = (me: Myself, roles: Set<string>): boolean => me.roles.some((role) => roles.has(role));
const isSettled = (given: WorkOrder): boolean => ["verified", "cancelled"].includes(given.state) || (given.order.settled === "receipt" && given.state === "delivered");

/** Where somebody stands with a case. */
export function guide(found: Case, orders: readonly WorkOrder[], me: Myself): Guide {
  if (found.state === "closed") return { step: null, waits: say("closed"), others: [] };
  if (found.state === "held" && has(me, JUDGE)) {
    const doing: Doing = { verb: "resume", word: "resume" };
    return { step: { subject: `cases/${found.id}`, doing, about: found.id, hands: [], text: say("resume"), why: say("whyResume") }, waits: "", others: [] };
  }
  const open = orders.filter((given) => !isSettled(given));
  const steps: Step[] = [];
  const others: string[] = [];
  for (const given of open) {
    const what = orderText(given);
    const verb = nextVerbs(given).length ? WAY[given.state] : undefined;
    const roles = verb === "verify" ? JUDGE : DO;
    if (!verb) others.push(say("device", { what }));
    else if (!has(me, roles)) others.push(say("role", { what, roles: say(verb === "verify" ? "acting" : "doers") }));
    else if (verb === "verify" && !me.is_local && given.hands.includes(me.name)) others.push(say("own", { what }));
    else steps.push(stepOf(given, verb, what));
  }
  steps.sort((one, other) => FIRST.indexOf(one.doing.verb) - FIRST.indexOf(other.doing.verb));
  const [step = null, ...later] = steps;
  others.unshift(...later.map(({ text }) => say("later", { what: text })));
  const waits = open.length ? (has(me, DO) ? "" : say("nothing", { roles: say("doers") })) : say("waitEvidence");
  return { step, waits: step ? "" : waits, others };
}

function stepOf(given: WorkOrder, verb: "accept" | "report" | "verify", what: string): Step {
  const why = { accept: "whyAccept", report: "whyReport", verify: "whyVerify" } as const;
  const undelivered = given.state === "undelivered" ? `${say("undelivered", { what })} ` : "";
  return {
    subject: `orders/${given.id}`,
    doing: { verb, word: verb },
    about: `${what} (${given.id})`,
    hands: given.hands,
    text: say(verb, { what }),
    why: undelivered + say(why[verb], { who: given.hands.join(", ") }),
  };
}
