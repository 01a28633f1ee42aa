// One connection to the server's events for all tabs of a browser: HTTP/1.1 allows six in all.

import type { Happened } from "../api/client";
import { follow, type Told } from "./follow";

const KEPT = 200; // Steps a new tab gets at once.
const tabs = new Set<MessagePort>();
let newest: Told = { kind: "link", state: "connecting" };
let kept: Happened[] = [];

function tell(told: Told): void {
  if (told.kind === "link") newest = told;
  else kept = [...kept, ...told.steps].slice(-KEPT);
  for (const tab of tabs) tab.postMessage(told);
}

const end = { now: () => {} };

function begin(): void {
  end.now = follow(tell, self.name.slice("haihe".length)); // One worker for each home.
}

(self as unknown as { onconnect: (event: MessageEvent) => void }).onconnect = (event) => {
  const tab = event.ports[0]!;
  if (!tabs.size) begin();
  tabs.add(tab);
  tab.postMessage(newest);
  if (kept.length) tab.postMessage({ kind: "steps", steps: kept } satisfies Told);
  tab.onmessage = () => {
    // A tab says one thing: that it closes.
    tabs.delete(tab);
    if (tabs.size) return;
    end.now();
    kept = [];
    newest = { kind: "link", state: "connecting" };
  };
};
