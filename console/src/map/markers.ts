// Everything that stands, moves or alarms, on a canvas of its own above the map.

import { type Map as BaseMap, MercatorCoordinate } from "maplibre-gl";

import type { Schemas } from "../api/client";
import { Sheet, stampOf } from "./dots";

type Shown = Schemas["MapShown"];

/** What a press found. */
export interface Marker {
  id: string; // "" for a cell of several things.
  case: string;
  lon: number;
  lat: number;
}

const NOTHING: Shown = { total: 0, ids: [], lon: [], lat: [], severity: [], cases: [], count: [] };
const SIZES = [7, 10, 12, 14, 16]; // px by severity.
const GATHERED_MOST = 16; // px that a cell may be larger than a single thing.
const NEAR = 12; // px: how close a press must be.
const GLIDE_MS = 1_000; // What moves is told once a second, and gets there by the next time.
const LEAP = 0.0005; // Of the world's width: 20 km. Who is told to be farther away did not drive there.
const LABELS_FROM_ZOOM = 15;
const LABELS_MOST = 200;

export class Markers {
  private readonly pen: CanvasRenderingContext2D;
  private sheet = new Sheet(1, 1);
  private shown: Shown = NOTHING;
  // Where each comes from and goes to, in Mercator's square of side 1; and where it is, px.
  private from = new Float64Array(0);
  private to = new Float64Array(0);
  private places = new Float64Array(0);
  private begun = 0;
  private isMoving = false;
  private frame = 0;
  private readonly redraw = () => {
    this.frame ||= requestAnimationFrame(this.draw);
  };
  private readonly watcher = new ResizeObserver(this.redraw);

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly map: BaseMap,
  ) {
    // Pixels are written, never read; in memory they are written without a detour.
    this.pen = canvas.getContext("2d", { willReadFrequently: true })!;
    map.on("move", this.redraw);
    this.watcher.observe(canvas);
  }

  /** Show these from now on, gliding from where they are; the last is on top. */
  show(shown: Shown): void {
    const before = this.shown;
    const now = this.current(performance.now());
    const to = new Float64Array(2 * shown.ids.length);
    for (let place = 0; place < shown.ids.length; place++) {
      const { x, y } = MercatorCoordinate.fromLngLat([shown.lon[place]!, shown.lat[place]!]);
      to[2 * place] = x;
      to[2 * place + 1] = y;
    }
    const from = to.slice();
    const known = sameThings(before.ids, shown.ids) ? undefined : new Map(before.ids.map((id, place) => [id, place]));
    let isMoving = false;
    for (let place = 0; place < shown.ids.length; place++) {
      const was = known ? known.get(shown.ids[place]!) : place;
      if (was === undefined || !shown.ids[place]) continue;
      const away = Math.abs(now[2 * was]! - to[2 * place]!) + Math.abs(now[2 * was + 1]! - to[2 * place + 1]!);
      if (!away || away > LEAP) continue;
      from[2 * place] = now[2 * was]!;
      from[2 * place + 1] = now[2 * was + 1]!;
      isMoving = true;
    }
    Object.assign(this, { shown, from, to, isMoving, begun: performance.now(), places: new Float64Array(to.length) });
    this.redraw();
  }

  /** The topmost marker at a place of the canvas, px. */
  at(x: number, y: number): Marker | undefined {
    const { ids, cases, lon, lat } = this.shown;
    for (let place = ids.length - 1; place >= 0; place--)
      if (Math.abs(this.places[2 * place]! - x) <= NEAR && Math.abs(this.places[2 * place + 1]! - y) <= NEAR)
        return { id: ids[place]!, case: cases[place]!, lon: lon[place]!, lat: lat[place]! };
    return undefined;
  }

  end(): void {
    this.map.off("move", this.redraw);
    this.watcher.disconnect();
    cancelAnimationFrame(this.frame);
  }

  /** How far everything has come on its way; 1 at its end. */
  private share(at: number): number {
    return this.isMoving ? Math.min(1, (at - this.begun) / GLIDE_MS) : 1;
  }

  private current(at: number): Float64Array {
    const share = this.share(at);
    return share >= 1 ? this.to : this.from.map((from, place) => from + (this.to[place]! - from) * share);
  }

  private readonly draw = (): void => {
    this.frame = 0;
    const { canvas, pen } = this;
    const scale = devicePixelRatio || 1;
    const width = Math.max(1, Math.round(canvas.clientWidth * scale));
    const height = Math.max(1, Math.round(canvas.clientHeight * scale));
    if (this.sheet.width !== width || this.sheet.height !== height) {
      this.sheet = new Sheet(width, height);
      canvas.width = width;
      canvas.height = height;
    }
    const share = this.share(performance.now());
    this.sheet.clear();
    this.stamp(share, scale);
    pen.setTransform(1, 0, 0, 1, 0, 0);
    this.sheet.putOn(pen);
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    this.label(canvas.clientWidth, canvas.clientHeight);
    if (share < 1) this.redraw();
  };

  /** Every dot onto the sheet. The map neither turns nor tilts: the world is scaled and shifted. */
  private stamp(share: number, scale: number): void {
    const { from, to, places, sheet, map } = this;
    const { severity, count } = this.shown;
    const origin = map.project([-180, 85.0511287798066]); // The corner of Mercator's square.
    const side = 512 * 2 ** map.getZoom(); // px: MapLibre's world at a zoom.
    const width = sheet.width / scale;
    const height = sheet.height / scale;
    for (let place = 0; place < count.length; place++) {
      const at = 2 * place;
      const x = (from[at]! + (to[at]! - from[at]!) * share) * side + origin.x;
      const y = (from[at + 1]! + (to[at + 1]! - from[at + 1]!) * share) * side + origin.y;
      places[at] = x;
      places[at + 1] = y;
      if (x < -GATHERED_MOST || y < -GATHERED_MOST || x > width + GATHERED_MOST || y > height + GATHERED_MOST) continue;
      const worst = severity[place]!;
      const more = count[place]! > 1 ? Math.min(2 * Math.log2(count[place]!), GATHERED_MOST) : 0;
      const size = (SIZES[worst] ?? SIZES[0]!) + more;
      sheet.draw(stampOf(worst, size * scale), Math.round(x * scale), Math.round(y * scale));
    }
  }

  /** Names where there is room for them, and how many things a cell gathers. */
  private label(width: number, height: number): void {
    const { pen } = this;
    const { ids, count } = this.shown;
    const isNear = this.map.getZoom() >= LABELS_FROM_ZOOM;
    pen.font = "12px system-ui, sans-serif";
    pen.fillStyle = "#dde5ec";
    let left = LABELS_MOST;
    for (let place = ids.length - 1; place >= 0 && left > 0; place--) {
      const text = ids[place] ? (isNear ? ids[place]! : "") : String(count[place]);
      const x = this.places[2 * place]!;
      const y = this.places[2 * place + 1]!;
      if (!text || x < 0 || y < 0 || x > width || y > height) continue;
      pen.fillText(text, x + 9, y + 4);
      left--;
    }
  }
}

const sameThings = (one: readonly string[], other: readonly string[]): boolean => one.length === other.length && one.every((id, place) => id === other[place]);
