// The queue: what was done here is kept first, then sent in order, each once, whenever there is a way.

import { shallowRef } from "vue";
import { CallError, inPath, sendOnce } from "../api/client";
import { explain } from "../words";
import { acts, addActs, dropAct, putAct, type Act } from "./store";

const SENT_KEPT = 20; // What is shown of what is done already.
const LOCK = "haihe-field-queue"; // One tab sends; the keys would keep two from doubling anything.

/** All acts of this phone, oldest first. */
export const queue = shallowRef<Act[]>([]);

/** Read the queue again; of what was sent, only the newest stays. */
export async function readQueue(): Promise<void> {
  const all = await acts();
  const old = all.filter((act) => act.state === "sent").slice(0, -SENT_KEPT);
  for (const act of old) await dropAct(act.id!);
  queue.value = all.filter((act) => !old.includes(act));
}

/** Put what belongs together into the queue. Throws if this phone has no room for it. */
export async function enqueue(many: Act[]): Promise<void> {
  await addActs(many);
  void navigator.storage?.persist?.().catch(() => false); // The browser shall not clear away what is unsent.
  await readQueue();
}

/** Let go of what was refused, or of what shall not be sent after all. */
export async function discard(act: Act): Promise<void> {
  await dropAct(act.id!);
  await readQueue();
}

/** What was done about an order that is not sent yet. */
export const waiting = (order: string): Act[] => queue.value.filter((act) => act.order === order && act.state === "queued");

/** What was done about an order that what was seen of it at an instant (ms) does not show yet. */
export const unseen = (order: string, seenAt: number): Act[] =>
  queue.value.filter((act) => act.order === order && (act.state === "queued" || (act.state === "sent" && act.sentAt! >= seenAt)));

let sending: Promise<Outcome> | null = null;
export type Outcome = "empty" | "lost" | "stranger" | "later";

/** Send what waits under a name, in order, until it is empty or there is no way. */
export function sendAll(who: string): Promise<Outcome> {
  sending ??= alone(() => drain(who)).finally(() => (sending = null));
  return sending;
}

function alone(work: () => Promise<Outcome>): Promise<Outcome> {
  return "locks" in navigator ? (navigator.locks.request(LOCK, work) as Promise<Outcome>) : work();
}

async function drain(who: string): Promise<Outcome> {
  for (;;) {
    const next = (await acts()).find((act) => act.state === "queued" && act.who === who);
    if (!next) return "empty";
    const { photo, ...told } = next;
    try {
      await tell(next);
      await putAct({ ...told, state: "sent", why: "", sentAt: Date.now() }); // The photo is the server's now.
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      const outcome = outcomeOf(error);
      if (outcome === "refused") await putAct({ ...told, state: "refused", why: explain(error) });
      else {
        if (outcome === "later") await putAct({ ...next, why: explain(error) });
        return outcome;
      }
    } finally {
      await readQueue();
    }
  }
}

async function tell(act: Act): Promise<void> {
  const path = `/orders/${inPath(act.order)}`;
  if (act.photo) {
    const asked = new URLSearchParams({ name: act.name ?? "", reason: act.words, when: act.when });
    await sendOnce(`${path}/files?${asked}`, { key: act.key, body: act.photo });
  } else {
    const body = JSON.stringify({ verb: act.verb, reason: act.words, when: act.when });
    await sendOnce(`${path}/actions`, { key: act.key, body });
  }
}

function outcomeOf(error: CallError): Outcome | "refused" {
  if (error.isLost) return "lost";
  if (error.status === 401 || error.code === "change-password") return "stranger";
  return error.status >= 500 || error.status === 429 || error.status === 408 ? "later" : "refused";
}
