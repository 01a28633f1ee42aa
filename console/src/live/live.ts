// What happens, as it happens, shared by all tabs where the browser can.

import { HOME } from "../home";
import { follow, type Told } from "./follow";

/** What a tab says to the worker. */
export type Said = "here" | "leave";

const HERE_EVERY_MS = 30_000; // A tab that was closed without a word is forgotten; see the worker.

/** Begin to listen; gives what ends it. A page that comes back from the browser's cache goes on. */
export function listen(tell: (told: Told) => void): () => void {
  let last = -1; // Offset of the last step this tab has; after a return the worker tells some again.
  const take = (told: Told) => {
    if (told.kind === "link") return tell(told);
    const steps = told.isAgain ? told.steps.filter((step) => step.offset > last) : told.steps;
    last = steps.at(-1)?.offset ?? last;
    if (steps.length) tell({ kind: "steps", steps });
  };
  const way = typeof SharedWorker === "undefined" ? alone(take) : shared(take);
  const leave = () => way.leave();
  const come = (event: PageTransitionEvent) => event.persisted && way.come();
  const show = () => document.hidden || way.come();
  addEventListener("pagehide", leave);
  addEventListener("pageshow", come);
  document.addEventListener("visibilitychange", show);
  return () => {
    removeEventListener("pagehide", leave);
    removeEventListener("pageshow", come);
    document.removeEventListener("visibilitychange", show);
    leave();
  };
}

interface Way {
  come: () => void; // Also if it is there already.
  leave: () => void;
}

function shared(take: (told: Told) => void): Way {
  const worker = new SharedWorker(new URL("./stream.worker.ts", import.meta.url), { type: "module", name: `haihe${HOME}` });
  const say = (said: Said) => worker.port.postMessage(said);
  worker.port.onmessage = (event: MessageEvent<Told>) => take(event.data);
  worker.port.start();
  say("here");
  setInterval(() => document.hidden || say("here"), HERE_EVERY_MS);
  return { come: () => say("here"), leave: () => say("leave") };
}

function alone(take: (told: Told) => void): Way {
  let end: (() => void) | undefined = follow(take, HOME);
  const leave = () => {
    end?.();
    end = undefined;
  };
  return { come: () => (end ??= follow((told) => take(told.kind === "steps" ? { ...told, isAgain: true } : told), HOME)), leave };
}
