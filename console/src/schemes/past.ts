// 历史时点: what stood on a day, as the address says it; nothing can be done there.

import { computed, onBeforeUnmount, ref } from "vue";
import { useRoute, useRouter, type RouteLocationRaw } from "vue-router";
import { CallError } from "../api/client";
import type { Schemas } from "../api/client";
import { now } from "../zone";
import { dayOf } from "./days";
import { baseOf } from "./words";

const AGAIN_MS = 3_000; // As the server's Retry-After.
const DAY_MS = 86_400_000;
const DECIDING = new Set(["pay", "refused"]);

/** A day of the API, counted since 1970, as it is written. */
const writtenDay = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** The last day that is past. */
export const yesterday = (): string => dayOf(now() - DAY_MS);

/** The page of an enterprise on the facts as they were when its application was decided; undefined before that. */
export function decidedOn(one: Schemas["Application"], isOwner: boolean): RouteLocationRaw | undefined {
  const step = one.steps.find((each) => each.state === "given" && DECIDING.has(baseOf(each.action)));
  if (!step) return undefined;
  return { name: "policies", query: { ...(isOwner ? {} : { enterprise: one.enterprise }), day: writtenDay(one.asked_day), known_by: String(step.at) } };
}

/**
 * As of when a page is asked, from its address; and work that may take longer than an answer waits.
 * factsDay: whose facts the answer says it used; undefined before there is one.
 */
export function pastOf(factsDay: () => string | undefined) {
  const route = useRoute();
  const router = useRouter();
  const asked = computed(() => ({ day: String(route.query.day ?? ""), known_by: String(route.query.known_by ?? "") }));
  // Of a day to come the facts are today's; until there is an answer nothing can be done.
  const isPast = computed(() => !!asked.value.known_by || (!!asked.value.day && (factsDay() ?? asked.value.day) === asked.value.day));
  const part = ref(-1); // Hundredths that are done, while the server works it out.
  let isLeft = false;
  onBeforeUnmount(() => (isLeft = true));

  /** Ask until the past is worked out, while the page still asks for it. */
  async function patiently<T>(work: () => Promise<T>): Promise<T> {
    const wanted = JSON.stringify(asked.value);
    try {
      for (;;) {
        try {
          return await work();
        } catch (error) {
          const isOver = isLeft || wanted !== JSON.stringify(asked.value);
          if (!(error instanceof CallError) || error.code !== "working" || isOver) throw error;
          part.value = Number(/(\d+)%/.exec(error.message)?.[1] ?? 0);
          await new Promise((wake) => setTimeout(wake, AGAIN_MS));
        }
      }
    } finally {
      part.value = -1;
    }
  }
  const choose = (day: string): void => void router.push({ query: { ...route.query, day: day || undefined, known_by: undefined } });
  return { asked, isPast, part, patiently, choose };
}
