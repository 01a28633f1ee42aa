// The server's events, gathered: a tab gets at most ten messages a second, however much happens.

import type { Happened } from "../api/client";

export type LinkState = "connecting" | "live" | "lost";
export type Told = { kind: "link"; state: LinkState } | { kind: "steps"; steps: Happened[]; isAgain?: boolean };

const GATHER_MS = 100;
const RECENT = 2_000; // Offsets looked back at the start, so that the list is not empty.
const AGAIN_MS = 3_000; // EventSource gives up by itself when the server answers with an error.

/** Follow the events and tell of them; gives what ends it. It resumes after the last one it had.
 * home: what stands before the API's paths. */
export function follow(tell: (told: Told) => void, home: string): () => void {
  let source: EventSource | null = null;
  let after = -1;
  let waiting: Happened[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isOver = false;

  const flush = () => {
    timer = undefined;
    const steps = waiting;
    waiting = [];
    tell({ kind: "steps", steps });
  };
  const open = async () => {
    if (after < 0) {
      const health = await fetch(`${home}/api/v1/health`).catch(() => null);
      if (isOver) return;
      if (!health?.ok) {
        tell({ kind: "link", state: "lost" }); // Not from the beginning of a long log: from where it is, once it is there.
        setTimeout(open, AGAIN_MS);
        return;
      }
      after = Math.max(0, ((await health.json()) as { next_offset: number }).next_offset - RECENT);
    }
    if (isOver) return;
    source = new EventSource(`${home}/api/v1/events?after=${after}`);
    source.onopen = () => tell({ kind: "link", state: "live" });
    source.onmessage = (event: MessageEvent<string>) => {
      const told = JSON.parse(event.data) as Happened;
      after = Math.max(after, told.offset);
      waiting.push(told);
      timer ??= setTimeout(flush, GATHER_MS);
    };
    source.onerror = () => {
      tell({ kind: "link", state: "lost" });
      if (source?.readyState === EventSource.CLOSED) setTimeout(open, AGAIN_MS);
    };
  };
  void open();
  return () => {
    isOver = true;
    clearTimeout(timer);
    source?.close();
  };
}
