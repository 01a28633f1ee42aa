// Doing something about schemes: one at a time, what went wrong in words, and in whose name.

import { computed, ref, type Ref } from "vue";
import { CallError } from "../api/client";
import { explain } from "../words";
import { zone } from "../zone";

const NAME_KEPT = "haihe.name";

function kept(): string {
  try {
    return localStorage.getItem(NAME_KEPT) ?? "";
  } catch {
    return "";
  }
}

/** Who acts where nobody is signed in; shared by all forms of the machine's operator. */
export const by = ref(kept());
export const isLocal = computed(() => zone.me?.is_local ?? false);

/** A body with the name of who acts, where the machine's operator acts for somebody. */
export function signed<T extends object>(body: T): T & { by?: string } {
  if (!isLocal.value) return body;
  try {
    localStorage.setItem(NAME_KEPT, by.value.trim());
  } catch {
    // It is only a comfort.
  }
  return { ...body, by: by.value.trim() };
}

const has = (...roles: string[]) => computed(() => zone.me?.roles.some((role) => roles.includes(role)) ?? false);
export const mayWrite = has("officer", "engineer", "admin"); // Books, pools, payment lists.
export const mayDecide = has("officer", "dispatcher", "admin"); // Steps of applications.

export interface Acting {
  isBusy: Ref<boolean>;
  trouble: Ref<string>;
  done: Ref<string>;
  act: (work: () => Promise<void>, words?: string) => Promise<boolean>;
}

/** What does one thing at a time and says how it went. */
export function acting(): Acting {
  const isBusy = ref(false);
  const trouble = ref("");
  const done = ref("");
  async function act(work: () => Promise<void>, words = ""): Promise<boolean> {
    if (isBusy.value) return false;
    isBusy.value = true;
    trouble.value = done.value = "";
    try {
      await work();
      done.value = words;
      return true;
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      trouble.value = explain(error);
      return false;
    } finally {
      isBusy.value = false;
    }
  }
  return { isBusy, trouble, done, act };
}
