"""Pictures of pages, made so small that fonts do not matter, and how alike two are."""

import struct
import zlib
from base64 import b64encode
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from playwright.sync_api import Page

Grey = NDArray[np.float64]
CELL: Final = 8  # px of the page that become one of the picture: no letter is left, every box is.
WINDOW: Final = 8  # Of the picture; SSIM compares so many at a time, as its authors do.
STEP: Final = 4
REGION: Final = 6  # Windows: some 200 px of the page, about a panel.
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2  # Wang et al., IEEE TIP 13(4), 2004.
HEAD: Final = b"\x89PNG\r\n\x1a\n"
# The mean brightness (ITU-R BT.601) of each cell, row by row; drawn on an empty page.
SHRINK: Final = """async ([address, cell]) => {
  const image = new Image();
  image.src = address;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width, image.height];
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  pen.drawImage(image, 0, 0);
  const rows = [];
  for (let y = 0; y + cell <= image.height; y += cell) {
    const row = [];
    for (let x = 0; x + cell <= image.width; x += cell) {
      const { data } = pen.getImageData(x, y, cell, cell);
      let sum = 0;
      for (let at = 0; at < data.length; at += 4)
        sum += 0.299 * data[at] + 0.587 * data[at + 1] + 0.114 * data[at + 2];
      row.push(sum / (cell * cell));
    }
    rows.push(row);
  }
  return rows;
}"""


def seen(page: Page) -> Grey:
    """What a page looks like now; float64 (row, column), 0 to 255."""
    address = "data:image/png;base64," + b64encode(page.screenshot(animations="disabled")).decode()
    other = page.context.new_page()
    try:
        return np.array(other.evaluate(SHRINK, [address, CELL]), dtype=np.float64)
    finally:
        other.close()


def alike(one: Grey, other: Grey) -> float:
    """Structural similarity of the region where it is least; 1 for the same picture.

    A mean over the whole would hardly notice that one panel of many has gone. Pictures of two sizes
    are not alike.
    """
    if one.shape != other.shape:
        return 0.0
    found = np.array(
        [
            [
                _alike(one[y : y + WINDOW, x : x + WINDOW], other[y : y + WINDOW, x : x + WINDOW])
                for x in range(0, one.shape[1] - WINDOW + 1, STEP)
            ]
            for y in range(0, one.shape[0] - WINDOW + 1, STEP)
        ]
    )
    regions = [
        found[y : y + REGION, x : x + REGION].mean()
        for y in range(0, found.shape[0] - REGION + 1, 2)
        for x in range(0, found.shape[1] - REGION + 1, 2)
    ]
    return float(min(regions))


def _alike(one: Grey, other: Grey) -> float:
    mean, mean_other = one.mean(), other.mean()
    both = ((one - mean) * (other - mean_other)).mean()
    light = (2 * mean * mean_other + C1) / (mean**2 + mean_other**2 + C1)
    shape = (2 * both + C2) / (one.var() + other.var() + C2)
    return float(light * shape)


def keep(path: Path, picture: Grey) -> None:
    """Write a picture as a grey PNG."""
    rows = picture.round().astype(np.uint8)
    plain = b"".join(b"\0" + row.tobytes() for row in rows)
    size = struct.pack(">IIBBBBB", rows.shape[1], rows.shape[0], 8, 0, 0, 0, 0)
    body = _chunk(b"IHDR", size) + _chunk(b"IDAT", zlib.compress(plain, 9)) + _chunk(b"IEND", b"")
    path.write_bytes(HEAD + body)


def kept(path: Path) -> Grey:
    """A picture that ``keep`` wrote."""
    body = path.read_bytes()
    width, height = struct.unpack(">II", body[16:24])
    start = body.index(b"IDAT") + 4
    plain = zlib.decompress(body[start : body.index(b"IEND") - 8])
    rows = np.frombuffer(plain, np.uint8).reshape(height, width + 1)
    return rows[:, 1:].astype(np.float64)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
