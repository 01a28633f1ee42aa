// What the console knows of the zone: one store, filled by looks at the API and by the events.

import { computed, reactive, shallowRef } from "vue";
import { CallError, get, type Case, type Happened, type Health, type Myself, type Schemas, type WorkOrder } from "./api/client";
import type { LinkState, Told } from "./live/follow";
import { listen } from "./live/live";
import { milliseconds } from "./time";

const LOOK_EVERY_MS = 5_000; // Also while the events flow: what they do not tell, such as health.
const SOON_MS = 300; // After a step; so many steps make one look.
const STEPS_KEPT = 200;
const LOOP_KEPT = 2; // A decision and its order: signals have them each second, and shall not drown the rest.
const CASES_SHOWN = 500;

export type Rule = Schemas["RuleShown"];

export const zone = reactive({
  me: null as Myself | null,
  health: null as Health | null,
  link: "connecting" as LinkState,
  lostSince: 0, // The platform's time of what is shown, while the server is lost; ms.
  hasRoom: false, // Whether a pack shows what its loops steer.
  isOut: false, // The session is over; they must sign in again.
  trouble: "",
  counts: {} as Record<string, number>,
});
// Large lists are replaced, never changed in place: nothing in them needs to be watched one by one.
export const cases = shallowRef<Case[]>([]);
export const orders = shallowRef<WorkOrder[]>([]);
export const rules = shallowRef<Map<string, Rule>>(new Map());
export const steps = shallowRef<Happened[]>([]);
export const tick = shallowRef(0); // The platform's time now; ms. Moves once a second.

const rate = { at: Date.now(), wall: performance.now(), speed: 1, isDemo: false, isKnown: false };

/** The platform's time now; ms since 1970. */
export const now = (): number => rate.at + (performance.now() - rate.wall) * rate.speed;

export const isStale = computed(() => zone.lostSince > 0);
/** Whether an enterprise looks: it has a portal of its own, and the rest is not for it. */
export const isOwner = computed(() => !!zone.me && !zone.me.is_local && zone.me.roles.includes("enterprise"));
export const mayOverride = computed(() => zone.me?.roles.some((role) => role === "officer" || role === "admin") ?? false);
export const mayAct = computed(() => mayOverride.value || (zone.me?.roles.includes("dispatcher") ?? false));

let looking: Promise<void> | null = null;
let isDue = false;
let timer: ReturnType<typeof setTimeout> | undefined;
const heard = new Set<(steps: Happened[]) => void>();

/** Hear of every step as it comes; gives what ends it. */
export function onSteps(hear: (steps: Happened[]) => void): () => void {
  heard.add(hear);
  return () => heard.delete(hear);
}

/** Look at everything the overview shows. One look at a time: an older answer never overwrites. */
export function look(): Promise<void> {
  if (looking) {
    isDue = true;
    return looking;
  }
  looking = lookOnce().finally(() => {
    looking = null;
    if (isDue) {
      isDue = false;
      void look();
    }
  });
  return looking;
}

/** Of which loop a step tells, such as "traffic.signals"; "" if of a case, a rule or a person. */
function loopOf({ line }: Happened): string {
  const subject = line.line === "decided" ? line.case : line.line === "dispatched" || line.line === "order-moved" ? line.id : "";
  return /^[^/.]+\.[^/]+/.exec(subject)?.[0] ?? "";
}

/** Without most of what loops do all the time: that an order arrived, and all but the newest steps of each. The room shows the rest. */
function withoutRoutine(newestFirst: Happened[]): Happened[] {
  const kept = new Map<string, number>();
  return newestFirst.filter((step) => {
    const loop = loopOf(step);
    if (!loop) return true;
    if (step.line.line === "order-moved" && step.line.state === "delivered") return false;
    kept.set(loop, (kept.get(loop) ?? 0) + 1);
    return kept.get(loop)! <= LOOP_KEPT;
  });
}

/** Look soon: after a burst of steps once. */
export function lookSoon(): void {
  timer ??= setTimeout(() => {
    timer = undefined;
    void look();
  }, SOON_MS);
}

async function lookOnce(): Promise<void> {
  try {
    // The portal looks for itself; but its days and deadlines are the platform's, not this machine's.
    if (isOwner.value) return keepTime(await get<Schemas["OrdersShown"]>("/orders", { limit: 1 }));
    const [health, open, held, given] = await Promise.all([
      get<Health>("/health"),
      get<Schemas["CasesShown"]>("/cases", { state: "open", limit: CASES_SHOWN }),
      get<Schemas["CasesShown"]>("/cases", { state: "held", limit: CASES_SHOWN }),
      get<Schemas["OrdersShown"]>("/orders", { limit: CASES_SHOWN }),
    ]);
    keepTime(health);
    zone.health = health;
    zone.counts = open.counts;
    cases.value = [...open.cases, ...held.cases];
    orders.value = given.orders;
    zone.lostSince = 0;
    zone.isOut = false;
    zone.trouble = "";
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    if (error.isLost) zone.lostSince ||= milliseconds(zone.health?.now) || Date.now();
    else if (error.status === 401) zone.isOut = true;
    else zone.trouble = `${error.message} ${error.whatToDo}`;
  }
}

function keepTime(told: { now: string | null }): void {
  const at = milliseconds(told.now);
  const wall = performance.now();
  // The server's clock counts, whatever this machine's says. Only a demonstration's runs fast; how
  // fast is measured from look to look.
  const isMeasured = rate.isDemo && rate.isKnown && at > rate.at && wall > rate.wall;
  const speed = isMeasured ? (at - rate.at) / (wall - rate.wall) : rate.speed;
  Object.assign(rate, { at, wall, speed, isKnown: true });
  tick.value = now();
}

function take(told: Told): void {
  if (told.kind === "link") {
    zone.link = told.state;
    lookSoon(); // Is it only the push, or is the server gone, or back?
    return;
  }
  steps.value = withoutRoutine([...told.steps.toReversed(), ...steps.value]).slice(0, STEPS_KEPT);
  for (const hear of heard) hear(told.steps);
  lookSoon();
}

/** Whether somebody works in the field and nowhere else. */
const isCrew = ({ roles }: Myself): boolean => roles.includes("crew") && roles.every((role) => role === "crew" || role === "source");

/** Find out who we are, then begin to look and to listen. Throws CallError if we may not. */
export async function begin(): Promise<void> {
  const me = await get<Myself>("/session");
  rate.isDemo = me.demo || me.is_drill;
  if (isCrew(me)) {
    location.replace("/field");
    await new Promise(() => {}); // Nothing more is shown here.
  }
  if (me.roles.includes("enterprise") && !me.is_local) {
    zone.me = me;
    if (!isBegun) setInterval(() => (tick.value = now()), 1_000);
    isBegun = true;
    return;
  }
  if (!me.must_change) {
    const [known, packs] = await Promise.all([get<Rule[]>("/rules"), get<Schemas["PackShown"][]>("/packs")]);
    zone.hasRoom = packs.some((pack) => pack.has_room);
    rules.value = new Map(known.map((rule) => [rule.name, rule]));
    await look();
  }
  zone.me = me; // From here on pages are shown, and they count on the rules and on the time.
  if (me.must_change || isBegun) return;
  isBegun = true;
  listen(take);
  setInterval(() => document.hidden || void look(), LOOK_EVERY_MS);
  setInterval(() => (tick.value = now()), 1_000);
  document.addEventListener("visibilitychange", () => document.hidden || void look());
}
let isBegun = false;
