// Keeps the field page itself, so that it opens without a network: its built files and nothing else.
// What the API answers never comes through here; the page keeps its own orders by itself.

interface Work extends Event {
  request: Request;
  respondWith(answer: Promise<Response>): void;
  waitUntil(work: Promise<unknown>): void;
}
interface Keeper {
  addEventListener(kind: "install" | "activate" | "fetch", hear: (event: Work) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
}

const CACHE = "haihe-field";
const PAGE = "/field";
const PATIENCE_MS = 4_000; // Then the kept page is shown: a crew below ground does not wait for it.
const worker = self as unknown as Keeper;

/** Keep a page with all files it names; the page last, so that it never stands there without them. */
async function keep(page: Response): Promise<void> {
  const text = await page.clone().text();
  const named = [...text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map((found) => found[1]!);
  const cache = await caches.open(CACHE);
  const had = (await cache.keys()).map(({ url }) => new URL(url).pathname);
  // The name of a built asset holds a hash of what it is: one that is there need not come again.
  await cache.addAll(named.filter((path) => !path.startsWith("/assets/") || !had.includes(path)));
  await cache.put(PAGE, page);
  await Promise.all(had.filter((path) => path !== PAGE && !named.includes(path)).map((path) => cache.delete(path)));
}

const kept = (path: string): Promise<Response | undefined> => caches.match(path, { ignoreVary: true });

async function open(event: Work): Promise<Response> {
  const answer = await fetch(PAGE, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => null);
  if (answer?.ok) {
    event.waitUntil(keep(answer.clone()).catch(() => undefined)); // The page of before stays whole.
    return answer;
  }
  return (await kept(PAGE)) ?? answer ?? Response.error();
}

worker.addEventListener("install", (event) => event.waitUntil(fetch(PAGE).then(keep).then(() => worker.skipWaiting())));
worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== location.origin || pathname.startsWith("/api/")) return;
  if (event.request.mode === "navigate") event.respondWith(open(event));
  else event.respondWith(kept(pathname).then((found) => found ?? fetch(event.request)));
});

export {}; // A module of its own: nothing of it is known elsewhere.
