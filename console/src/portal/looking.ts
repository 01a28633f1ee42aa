// One look at the server now and again, and what it had against it.

import { onBeforeUnmount, ref, type Ref } from "vue";
import { CallError, get } from "../api/client";
import { explain } from "../words";

const EVERY_MS = 10_000; // An enterprise waits for no second; what is wanted of it stands for hours.

/** What a GET gives, asked for again every ten seconds while the page is seen. */
export function looking<T>(path: string, query: Record<string, string | number | boolean> = {}): { shown: Ref<T | undefined>; trouble: Ref<string>; look: () => Promise<void> } {
  const shown = ref<T>() as Ref<T | undefined>;
  const trouble = ref("");
  async function look(): Promise<void> {
    try {
      shown.value = await get<T>(path, query);
      trouble.value = "";
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      trouble.value = explain(error);
    }
  }
  void look();
  const timer = setInterval(() => document.hidden || void look(), EVERY_MS);
  onBeforeUnmount(() => clearInterval(timer));
  return { shown, trouble, look };
}
