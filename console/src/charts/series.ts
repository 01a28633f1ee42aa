// A field of an entity over a time, in as many buckets as a chart can show.

import { get, type Schemas } from "../api/client";
import { milliseconds } from "../time";
import type { Point } from "./LineChart.vue";

const BUCKETS = 400; // About one to every second pixel of a chart.
const SECOND_MS = 1_000;
const RAW_SPAN_MS = 20 * 60 * SECOND_MS; // Below it single records are shown.
const RAW_MOST = 2_000;

export interface Asked {
  stream: string;
  entity: string;
  field: string;
  from: number; // ms
  to: number; // ms
}

/** Its values between two instants; single records where the time is short. Throws CallError. */
export async function series({ stream, entity, field, from, to }: Asked): Promise<Point[]> {
  const span = { entity, from: new Date(from).toISOString(), to: new Date(to).toISOString() };
  if (to - from <= RAW_SPAN_MS) {
    const { records } = await get<Schemas["PastShown"]>(`/history/${stream}`, { ...span, limit: RAW_MOST });
    const seen = records as Record<string, unknown>[];
    return seen.flatMap((record) => {
      const value = record[field];
      return typeof value === "number" ? [{ at: milliseconds(record.observed_at as string), low: value, value, high: value }] : [];
    });
  }
  const every = Math.max(1, Math.ceil((to - from) / BUCKETS / SECOND_MS));
  const { buckets } = await get<Schemas["SeriesShown"]>(`/history/${stream}/series`, { ...span, field, every });
  return buckets.map((bucket) => ({ at: milliseconds(bucket.at), low: bucket.min, value: bucket.mean, high: bucket.max }));
}
