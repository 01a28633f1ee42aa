// What moves on a page of traffic: looked at again after every burst of steps, and every two seconds.

import { onBeforeUnmount, ref, watch, type Ref } from "vue";
import { CallError, get } from "../api/client";
import { explain } from "../words";
import { now, onSteps } from "../zone";

const EVERY_MS = 2_000; // Heads change without a step of the loop.
const SOON_MS = 300; // After a step; so many steps make one look.

export interface Live<T> {
  value: Ref<T | undefined>;
  trouble: Ref<string>;
  isGone: Ref<boolean>; // There is no such thing.
  load: () => Promise<void>;
}

/** The newest answer of a path, for as long as the page stands. One look at a time. */
export function useLive<T>(path: () => string): Live<T> {
  const value = ref<T>() as Ref<T | undefined>;
  const trouble = ref("");
  const isGone = ref(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let looking: Promise<void> | null = null;
  let isDue = false;

  async function look(): Promise<void> {
    const asked = path();
    try {
      const found = await get<T>(asked);
      if (asked !== path()) return;
      value.value = found;
      trouble.value = "";
      isGone.value = false;
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      isGone.value = error.status === 404;
      trouble.value = explain(error);
    }
  }
  function load(): Promise<void> {
    if (looking) {
      isDue = true;
      return looking;
    }
    looking = look().finally(() => {
      looking = null;
      if (isDue) {
        isDue = false;
        void load();
      }
    });
    return looking;
  }
  const soon = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void load();
    }, SOON_MS);
  };
  const every = setInterval(() => document.hidden || void load(), EVERY_MS);
  const stop = onSteps(soon);
  watch(path, () => {
    value.value = undefined;
    void load();
  });
  onBeforeUnmount(() => {
    clearInterval(every);
    clearTimeout(timer);
    stop();
  });
  void load();
  return { value, trouble, isGone, load };
}

const ASK_LIMIT_MS = 30 * 24 * 3_600_000;

/** For how long something has been so, by the platform's clock; ms, NaN if nobody knows. */
export function lasted(since: string | null | undefined): number {
  const at = since ? Date.parse(since) : NaN;
  const ms = now() - at;
  return Number.isFinite(ms) && ms < ASK_LIMIT_MS ? Math.max(0, ms) : NaN;
}
