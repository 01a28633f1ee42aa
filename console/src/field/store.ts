// What this phone keeps by itself: my orders as last seen, and what I did that is not sent yet.

import type { Schemas, WorkOrder } from "../api/client";

/** Something done here, on its way to the server. */
export interface Act {
  id?: number; // Its place in the queue; given when it is added.
  key: string; // By which the server knows it again: told twice, it is done once.
  who: string; // Under whose name; nobody else's session ever sends it.
  order: string;
  about: string; // What the order is called.
  verb: string; // "photo" for a file, else as the API says it.
  words: string;
  when: string; // When it was done, by this phone's clock; ISO 8601.
  photo?: Blob;
  name?: string;
  state: "queued" | "sent" | "refused";
  why: string; // Why it was refused, or why it waits.
  sentAt?: number; // By this phone's clock; ms.
}

/** What was last seen of the server. */
export interface Seen {
  me: Schemas["Myself"];
  orders: WorkOrder[];
  places: Record<string, Place>;
  ahead: number; // How far the platform's clock is ahead of this phone's; ms.
  at: number; // When it was seen, by this phone's clock; ms.
}
export type Place = Pick<Schemas["Entity"], "title" | "lon" | "lat">;

const NAME = "haihe-field";
const VERSION = 1;
let opened: Promise<IDBDatabase> | undefined;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, VERSION);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("seen");
      asked.result.createObjectStore("acts", { keyPath: "id", autoIncrement: true });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

/** What a piece of work on one store gives, once all of it is on the disk. */
async function within<T>(store: "seen" | "acts", mode: IDBTransactionMode, work: (held: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await open();
  return new Promise((resolve, reject) => {
    const done = db.transaction(store, mode, { durability: "strict" });
    const asked = work(done.objectStore(store));
    done.oncomplete = () => resolve(asked.result);
    done.onabort = done.onerror = () => reject(done.error ?? asked.error);
  });
}

export const keepSeen = (seen: Seen): Promise<unknown> => within("seen", "readwrite", (held) => held.put(seen, "seen"));
export const lastSeen = (): Promise<Seen | undefined> => within("seen", "readonly", (held) => held.get("seen") as IDBRequest<Seen | undefined>);
export const forgetSeen = (): Promise<unknown> => within("seen", "readwrite", (held) => held.clear());

/** All acts, in the order in which they were done. */
export const acts = (): Promise<Act[]> => within("acts", "readonly", (held) => held.getAll() as IDBRequest<Act[]>);
/** Add what belongs together: all of it or nothing. */
export const addActs = (many: Act[]): Promise<unknown> => within("acts", "readwrite", (held) => many.map((act) => held.add(act)).at(-1)!);
export const putAct = (act: Act): Promise<unknown> => within("acts", "readwrite", (held) => held.put(act));
export const dropAct = (id: number): Promise<unknown> => within("acts", "readwrite", (held) => held.delete(id));
