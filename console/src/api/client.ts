// Calls of the server's API: typed by its own document, errors in one shape.

import { HOME } from "../home";
import type { components, operations } from "./schema";

export type Schemas = components["schemas"];
export type Case = Schemas["Case"];
export type WorkOrder = Schemas["WorkOrder"];
export type Health = Schemas["Health"];
export type Myself = Schemas["Myself"];
export type Text = Schemas["Text"];
export type Why = Schemas["Why"];
export type Happened = Schemas["Happened"];
export type Line = Happened["line"];
export type Operation = keyof operations;

export const BASE = `${HOME}/api/v1`;
const LOOK_WAIT_MS = 5_000; // A server that is silent for longer is lost, even if its socket is open.
export const SEND_WAIT_MS = 30_000; // Giving up too soon on an order would leave open whether it was done.
const FILE_WAIT_MS = 120_000; // A photo over a line of 30 kbit/s.

/** What the server, or the way to it, had against a call. */
export class CallError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly whatToDo = "",
  ) {
    super(message);
  }

  /** Whether no answer came at all: then it is open whether it was done. */
  get isLost(): boolean {
    return this.code === "no-answer";
  }
}

type Query = Record<string, string | number | boolean | undefined | null>;

/** The answer to a GET; what has to be worked out may take longer. Throws CallError. */
export async function get<T>(path: string, query: Query = {}, waitMs = LOOK_WAIT_MS): Promise<T> {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const asked = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)]));
  return call<T>(pairs.length ? `${path}?${asked}` : path, { signal: AbortSignal.timeout(waitMs) });
}

/** The answer to a call that changes something, or has much to work out. Throws CallError. */
export async function send<T>(method: "POST" | "PUT" | "DELETE" | "PATCH", path: string, body?: unknown, waitMs = SEND_WAIT_MS): Promise<T> {
  return call<T>(path, {
    method,
    signal: AbortSignal.timeout(waitMs),
    ...(body === undefined ? {} : { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }),
  });
}

/** The answer to an act told under a key of its own, which may be told again and is done once. Throws CallError. */
export async function sendOnce<T>(path: string, { key, body }: { key: string; body: Blob | string }): Promise<T> {
  const type = typeof body === "string" ? "application/json" : "application/octet-stream"; // A file's kind, its bytes say.
  const signal = AbortSignal.timeout(typeof body === "string" ? SEND_WAIT_MS : FILE_WAIT_MS);
  return call<T>(path, { method: "POST", signal, headers: { "Content-Type": type, "Idempotency-Key": key }, body });
}

async function call<T>(path: string, init: RequestInit): Promise<T> {
  const answer = await fetch(BASE + path, { credentials: "same-origin", ...init }).catch(lost);
  if (answer.ok) return (answer.status === 204 ? null : await answer.json().catch(lost)) as T; // It may break off half-way.
  const body = (await answer.json().catch(() => null)) as { error?: { code: string; message: string; what_to_do: string } } | null;
  const error = body?.error;
  throw new CallError(
    error?.code ?? String(answer.status),
    answer.status,
    error?.message ?? answer.statusText,
    error?.what_to_do ?? "",
  );
}

function lost(): never {
  throw new CallError("no-answer", 0, "The server did not answer.");
}

/** An entity's or a case's name as part of a path: its slashes stay. */
export const inPath = (id: string): string => id.split("/").map(encodeURIComponent).join("/");
