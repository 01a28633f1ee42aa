// Open cases beyond those that every look brings: fetched page by page, where somebody looks.

import { computed, onBeforeUnmount, ref, shallowRef, watch } from "vue";
import { type Case, CallError, get, type Schemas } from "../api/client";
import { cases, zone } from "../zone";

const PAGE = 200; // Cases fetched at once: some ten screens.
const REST_MS = 60; // Of the list, before what is seen is fetched.

/** A row that is not fetched yet. */
export interface Gap {
  id: string;
  at: number; // Its place among all open cases.
}
export const isGap = (row: Case | Gap): row is Gap => "at" in row;

/** All open cases in the server's order, gaps where none was fetched; and what is to be told of what is seen. */
export function useAllCases() {
  const pages = shallowRef(new Map<number, Case[]>());
  let timer: ReturnType<typeof setTimeout> | undefined;
  const under = new Set<number>(); // Pages under way.
  const seen = ref<[number, number]>([0, 0]);

  const opened = computed(() => cases.value.filter((found) => found.state === "open"));
  const held = computed(() => cases.value.filter((found) => found.state !== "open"));
  const rows = computed<(Case | Gap)[]>(() => {
    const first = opened.value;
    const total = Math.max(first.length, zone.counts.open ?? 0);
    if (total === first.length) return cases.value;
    const known = new Set(first.map((found) => found.id));
    const found: (Case | Gap)[] = [...first];
    for (let at = first.length; at < total; at++) {
      const one = pages.value.get(Math.floor(at / PAGE))?.[at % PAGE];
      // What moved up since its page was fetched stands above already.
      const isNew = one && !known.has(one.id);
      if (isNew) known.add(one.id);
      found.push(isNew ? one : { id: `gap-${at}`, at });
    }
    return [...found, ...held.value];
  });

  async function fetchPage(page: number): Promise<void> {
    if (under.has(page)) return;
    under.add(page);
    try {
      const part = await get<Schemas["CasesShown"]>("/cases", { state: "open", limit: PAGE, skip: page * PAGE });
      pages.value = new Map([...pages.value, [page, part.cases]]);
    } catch (error) {
      if (!(error instanceof CallError)) throw error; // The header tells that the server is lost.
    } finally {
      under.delete(page);
    }
  }
  /** Fetch what is seen and beyond what every look brings; again if it is there already. */
  function fetchSeen(again: boolean): void {
    const [first, last] = seen.value;
    const from = Math.max(first, opened.value.length);
    const to = Math.min(last, (zone.counts.open ?? 0) - 1);
    for (let page = Math.floor(from / PAGE); page <= Math.floor(to / PAGE) && from <= to; page++)
      if (again || !pages.value.has(page)) void fetchPage(page);
  }
  // What flies past is not fetched.
  watch(seen, () => {
    clearTimeout(timer);
    timer = setTimeout(() => fetchSeen(false), REST_MS);
  });
  onBeforeUnmount(() => clearTimeout(timer));
  watch(cases, () => {
    const [first, last] = seen.value;
    const near = [...pages.value].filter(([page]) => (page + 1) * PAGE > first && page * PAGE <= last);
    pages.value = new Map(near); // Pages out of sight are fetched anew when they are seen again.
    fetchSeen(true);
  });
  return { rows, tell: (first: number, last: number) => (seen.value = [first, last]) };
}
