// Who I am and my orders: from the server when it answers, else as last seen.

import { computed, reactive, ref, shallowRef } from "vue";
import { CallError, get, inPath, type Myself, type Schemas, type WorkOrder } from "../api/client";
import { milliseconds } from "../time";
import { explain } from "../words";
import { f } from "../words/field";
import { readQueue, sendAll, unseen } from "./queue";
import { forgetSeen, keepSeen, lastSeen, type Place } from "./store";

const LOOK_EVERY_MS = 10_000;
const ORDERS_MAX = 200;
const AFTER: Record<string, WorkOrder["state"]> = { accept: "accepted", handle: "handled", report: "reported" };

export const mine = reactive({
  me: null as Myself | null,
  link: "connecting" as "connecting" | "live" | "lost",
  isStranger: false, // They must sign in (again).
  seenAt: 0, // When what is shown was seen; ms, 0 for never.
  trouble: "",
});
export const orders = shallowRef<WorkOrder[]>([]);
export const places = shallowRef<Record<string, Place>>({});
export const tick = ref(Date.now()); // The platform's time; ms.
const unknown = new Set<string>(); // Things that nobody has told the platform of.
let ahead = 0;

/** Orders that people settle, as they will be when all that waits here is sent. */
export const given = computed(() =>
  orders.value
    .filter(({ order, state }) => order.settled !== "receipt" || state === "undelivered")
    .map((one) => unseen(one.id, mine.seenAt).reduce((seen, { verb }) => (AFTER[verb] ? { ...seen, state: AFTER[verb] } : seen), one)),
);
export const toDo = computed(() => given.value.filter(({ state }) => state !== "reported"));
export const done = computed(() => given.value.filter(({ state }) => state === "reported"));

/** Begin with what was last seen, then look and go on looking. */
export async function begin(): Promise<void> {
  const seen = await lastSeen().catch(() => undefined);
  if (seen) {
    mine.me = seen.me;
    mine.seenAt = seen.at;
    orders.value = seen.orders;
    places.value = seen.places;
    ahead = seen.ahead;
  }
  await readQueue().catch(() => (mine.trouble = f("noStore")));
  await look();
  setInterval(() => document.hidden || void look(), LOOK_EVERY_MS);
  setInterval(() => (tick.value = Date.now() + ahead), 1_000);
  document.addEventListener("visibilitychange", () => document.hidden || void look());
  addEventListener("online", () => void look());
  addEventListener("offline", () => (mine.link = "lost"));
}

let looking: Promise<void> | null = null;
let isDue = false;

/** Send what waits, then see how things are; once more if that is asked for meanwhile. */
export function look(): Promise<void> {
  isDue = looking !== null;
  looking ??= lookOnce().finally(() => {
    looking = null;
    if (isDue) void look();
  });
  return looking;
}

async function lookOnce(): Promise<void> {
  try {
    const me = await get<Myself>("/session");
    mine.me = me;
    mine.link = "live";
    mine.isStranger = false;
    if (me.must_change) return;
    const outcome = await sendAll(me.name).catch(keptNothing);
    mine.isStranger = outcome === "stranger";
    if (outcome === "lost") {
      mine.link = "lost";
      return;
    }
    const askedAt = Date.now();
    const shown = await get<Schemas["OrdersShown"]>("/orders", { limit: ORDERS_MAX });
    ahead = milliseconds(shown.now) - Date.now();
    tick.value = Date.now() + ahead;
    orders.value = shown.orders;
    mine.seenAt = askedAt;
    mine.trouble = "";
    await lookAtPlaces();
    await keepSeen({ me, orders: shown.orders, places: places.value, ahead, at: mine.seenAt }).catch(keptNothing);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    if (error.isLost) mine.link = "lost";
    else if (error.status === 401) mine.isStranger = true;
    else mine.trouble = explain(error);
  }
}

/** Where the browser has no room, or keeps nothing at all, the page still works on a line. */
function keptNothing(error: unknown): "empty" {
  if (error instanceof CallError) throw error;
  mine.trouble = f("noStore");
  return "empty";
}

/** What the things are called, and where they are. */
async function lookAtPlaces(): Promise<void> {
  const known = places.value;
  const wanted = [...new Set(orders.value.map(({ order }) => order.entity))];
  const found = await Promise.all(wanted.map(async (entity) => [entity, known[entity] ?? (await placeOf(entity))] as const));
  places.value = Object.fromEntries(found.flatMap(([entity, place]) => (place ? [[entity, place]] : [])));
}

async function placeOf(entity: string): Promise<Place | null> {
  if (unknown.has(entity)) return null;
  const shown = await get<Schemas["EntityShown"]>(`/entities/${inPath(entity)}`).catch(() => null);
  if (!shown?.entity) unknown.add(entity);
  return shown?.entity ? { title: shown.entity.title, lon: shown.entity.lon, lat: shown.entity.lat } : null;
}

/** Leave nothing of mine behind but what is still to be sent. */
export async function forget(): Promise<void> {
  await forgetSeen();
  orders.value = [];
  places.value = {};
  Object.assign(mine, { me: null, isStranger: true, seenAt: 0 });
}
