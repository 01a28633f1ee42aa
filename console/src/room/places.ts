// The network's degrees as places on a drawing, and what a queue looks like.

import type { Schemas } from "../api/client";

type Map_ = Schemas["MapView"];
export interface Spot {
  x: number;
  y: number;
}

export const WIDE = 900; // Units of the drawing.
const EDGE = 46;
const ASIDE = 7; // How far a road lies right of the middle, as one drives.

/** What puts longitude and latitude onto the drawing, and how tall that is. */
export function drawing(map: Map_): { place: (point: readonly number[]) => Spot; tall: number } {
  const points = map.roads.flatMap(({ line }) => line as number[][]);
  const lons = points.map(([lon]) => lon!);
  const lats = points.map(([, lat]) => lat!);
  const [west, east, south, north] = [Math.min(...lons), Math.max(...lons), Math.min(...lats), Math.max(...lats)];
  const shrink = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = (WIDE - 2 * EDGE) / Math.max((east - west) * shrink, 1e-9);
  return {
    place: ([lon, lat]) => ({ x: EDGE + (lon! - west) * shrink * scale, y: EDGE + (north - lat!) * scale }),
    tall: Math.round((north - south) * scale + 2 * EDGE),
  };
}

/** A road's line, moved to the right of its middle as one drives. */
export function beside(line: Spot[]): Spot[] {
  const [from, to] = [line[0]!, line[line.length - 1]!];
  const long = Math.hypot(to.x - from.x, to.y - from.y) || 1;
  const [x, y] = [(-(to.y - from.y) / long) * ASIDE, ((to.x - from.x) / long) * ASIDE];
  return line.map((spot) => ({ x: spot.x + x, y: spot.y + y }));
}

export const asPath = (line: Spot[]): string => line.map(({ x, y }, at) => `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");

const STEPS = [5, 12, 25] as const; // Vehicles; ours: a lane of 80 m holds twelve.

/** How bad a queue is: 0 to 3; -1 where nobody told. */
export function grade(waiting: number | null | undefined): -1 | 0 | 1 | 2 | 3 {
  if (waiting === null || waiting === undefined) return -1;
  return STEPS.filter((step) => waiting >= step).length as 0 | 1 | 2 | 3;
}
