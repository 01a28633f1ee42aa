// Round dots written straight into pixels: what software rendering does fastest, by far (see
// docs/bench.md, "console"). A canvas call for each of 16,000 dots costs as much as all of them here.

/** A dot of one size and colour, as runs of pixels: row by row where it begins and how long it is. */
interface Stamp {
  half: number; // px from the middle to the edge.
  from: Int32Array; // By row: the first pixel, left of the middle.
  length: Int32Array;
  colour: number; // As it lies in memory: 0xAABBGGRR.
  edge: number;
}

const COLOURS = ["#7d93a6", "#6fb3ff", "#f2d04b", "#ff9d45", "#ff6b6b"]; // By severity.
const WIDEST = 128; // px, of a dot on the finest of screens.
const stamps: Stamp[] = []; // By severity and size.

/** A colour such as "#ff9d45" as one number, opaque. */
const packed = (colour: string): number => {
  const value = Number.parseInt(colour.slice(1), 16);
  return ((255 << 24) | ((value & 255) << 16) | (value & 0xff00) | (value >> 16)) >>> 0;
};

const EDGE = packed("#0b0f14"); // Darker than any ground, so that dots beside each other stay apart.

/** A dot of a severity and a diameter, px; each is made once. */
export function stampOf(severity: number, diameter: number): Stamp {
  const size = Math.min(WIDEST - 1, Math.max(3, Math.round(diameter)));
  return (stamps[severity * WIDEST + size] ??= cut(severity, size));
}

function cut(severity: number, size: number): Stamp {
  const half = size / 2;
  const from = new Int32Array(size);
  const length = new Int32Array(size);
  for (let row = 0; row < size; row++) {
    const away = row + 0.5 - half;
    const wide = Math.round(Math.sqrt(Math.max(0, half * half - away * away)));
    from[row] = -wide;
    length[row] = 2 * wide;
  }
  return { half: Math.floor(half), from, length, colour: packed(COLOURS[severity] ?? COLOURS[0]!), edge: EDGE };
}

/** A picture as large as a canvas, drawn into pixel by pixel and put onto it at once. */
export class Sheet {
  private readonly image: ImageData;
  private readonly pixels: Uint32Array;

  constructor(
    readonly width: number,
    readonly height: number,
  ) {
    this.image = new ImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
  }

  clear(): void {
    this.pixels.fill(0);
  }

  /** Draw a dot with its middle at a pixel; what lies beyond the sheet is left out. */
  draw(stamp: Stamp, x: number, y: number): void {
    const { width, height, pixels } = this;
    const { from, length, colour, edge } = stamp;
    const top = y - stamp.half;
    const last = from.length - 1;
    for (let row = 0; row <= last; row++) {
      const line = top + row;
      if (line < 0 || line >= height) continue;
      const start = x + from[row]!;
      const end = start + length[row]!;
      const stop = end < width ? end : width;
      const base = line * width;
      const isRim = row === 0 || row === last;
      for (let at = start > 0 ? start : 0; at < stop; at++) pixels[base + at] = isRim || at === start || at === end - 1 ? edge : colour;
    }
  }

  putOn(pen: CanvasRenderingContext2D): void {
    pen.putImageData(this.image, 0, 0);
  }
}
