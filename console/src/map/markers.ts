// Markers on a canvas of their own above the map: filled rectangles are the one thing that software
// rendering draws fast enough (52 to 60 frames a second at 16,000; see docs/decisions).

import type { Map as BaseMap } from "maplibre-gl";

import type { Schemas } from "../api/client";

type Shown = Schemas["MapShown"];

/** What a press found. */
export interface Marker {
  id: string; // "" for a cell of several things.
  case: string;
  lon: number;
  lat: number;
}

const NOTHING: Shown = { total: 0, ids: [], lon: [], lat: [], severity: [], cases: [], count: [] };
const COLOURS = ["#7d93a6", "#6fb3ff", "#f2d04b", "#ff9d45", "#ff6b6b"];
const SIZES = [6, 9, 10, 12, 14]; // px by severity.
const GATHERED_MOST = 16; // px that a cell may be larger than a single thing.
const NEAR = 12; // px: how close a press must be.
const LABELS_FROM_ZOOM = 15;
const LABELS_MOST = 200;

export class Markers {
  private readonly pen: CanvasRenderingContext2D;
  private shown: Shown = NOTHING;
  private x = new Float64Array(0);
  private y = new Float64Array(0);
  private frame = 0;
  private readonly redraw = () => {
    this.frame ||= requestAnimationFrame(() => this.draw());
  };
  private readonly watcher = new ResizeObserver(this.redraw);

  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly map: BaseMap,
  ) {
    // Read back often means: keep it in memory. Software rendering is twice as fast so.
    this.pen = canvas.getContext("2d", { willReadFrequently: true })!;
    map.on("move", this.redraw);
    this.watcher.observe(canvas);
  }

  /** Show these from now on; the last is on top. */
  show(shown: Shown): void {
    this.shown = shown;
    this.x = new Float64Array(shown.ids.length);
    this.y = new Float64Array(shown.ids.length);
    this.redraw();
  }

  /** The topmost marker at a place of the canvas, px. */
  at(x: number, y: number): Marker | undefined {
    const { ids, cases, lon, lat } = this.shown;
    for (let place = ids.length - 1; place >= 0; place--)
      if (Math.abs(this.x[place]! - x) <= NEAR && Math.abs(this.y[place]! - y) <= NEAR)
        return { id: ids[place]!, case: cases[place]!, lon: lon[place]!, lat: lat[place]! };
    return undefined;
  }

  end(): void {
    this.map.off("move", this.redraw);
    this.watcher.disconnect();
    cancelAnimationFrame(this.frame);
  }

  private draw(): void {
    this.frame = 0;
    const { canvas, pen, map } = this;
    const scale = devicePixelRatio || 1;
    const width = canvas.clientWidth;
    const height = canvas.clientHeight;
    if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
      canvas.width = Math.round(width * scale);
      canvas.height = Math.round(height * scale);
    }
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    const { lon, lat, severity, count } = this.shown;
    let colour = "";
    for (let place = 0; place < lon.length; place++) {
      const { x, y } = map.project([lon[place]!, lat[place]!]);
      this.x[place] = x;
      this.y[place] = y;
      const worst = severity[place]!;
      const size = (SIZES[worst] ?? SIZES[0]!) + (count[place]! > 1 ? Math.min(2 * Math.log2(count[place]!), GATHERED_MOST) : 0);
      if (x < -size || y < -size || x > width + size || y > height + size) continue;
      const own = COLOURS[worst] ?? COLOURS[0]!;
      if (own !== colour) pen.fillStyle = colour = own;
      pen.fillRect(x - size / 2, y - size / 2, size, size);
    }
    this.label(width, height);
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
      const x = this.x[place]!;
      const y = this.y[place]!;
      if (!text || x < 0 || y < 0 || x > width || y > height) continue;
      pen.fillText(text, x + 9, y + 4);
      left--;
    }
  }
}
