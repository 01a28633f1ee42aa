// One connection to the server's events for all tabs of a browser: HTTP/1.1 allows six in all.

import type { Happened } from "../api/client";
import { follow, type Told } from "./follow";
import type { Said } from "./live";

const KEPT = 200; // Steps a tab gets at once when it comes, or comes back.
// A hidden tab's clock may tick once a minute and less; what is silent for longer is gone, or asks
// again when somebody looks at it.
const SILENT_MS = 10 * 60_000;
const LOOK_EVERY_MS = 60_000;
const tabs = new Map<MessagePort, number>(); // When each last said that it is there; ms.
let newest: Told = { kind: "link", state: "connecting" };
let kept: Happened[] = [];
let end: (() => void) | undefined;

function tell(told: Told): void {
  if (told.kind === "link") newest = told;
  else kept = [...kept, ...told.steps].slice(-KEPT);
  for (const tab of tabs.keys()) tab.postMessage(told);
}

function come(tab: MessagePort): void {
  const isNew = !tabs.has(tab);
  tabs.set(tab, performance.now());
  end ??= follow(tell, self.name.slice("haihe".length)); // One worker for each home.
  if (!isNew) return;
  tab.postMessage(newest);
  if (kept.length) tab.postMessage({ kind: "steps", steps: kept, isAgain: true } satisfies Told);
}

function leave(tab: MessagePort): void {
  tabs.delete(tab);
  if (tabs.size) return;
  end?.();
  end = undefined;
  kept = [];
  newest = { kind: "link", state: "connecting" };
}

(self as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = (event) => {
  const tab = event.ports[0]!;
  tab.onmessage = (said: MessageEvent<Said>) => (said.data === "leave" ? leave(tab) : come(tab));
};
setInterval(() => {
  for (const [tab, at] of tabs) if (performance.now() - at > SILENT_MS) leave(tab);
}, LOOK_EVERY_MS);
