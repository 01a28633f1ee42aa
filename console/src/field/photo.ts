// Photos, made small enough for a bad line; when they were taken stays.

const LONG_SIDE = 1_600; // Pixels: enough to read a gauge, some 300 kB.
const QUALITY = 0.8;
export const BYTES_MAX = 10 << 20; // As the server takes.

export interface Photo {
  name: string;
  data: Blob;
  when: string; // When it was taken; ISO 8601.
  shown: string; // An address for this page alone.
}

/** A file as it will be sent; an image smaller, to so many pixels on its long side, without the place and make that cameras write into it. Throws if it cannot be read. */
export async function prepared(file: File, longSide = LONG_SIDE): Promise<Photo> {
  const data = file.type.startsWith("image/") ? await smaller(file, longSide) : file;
  if (!data.size || data.size > BYTES_MAX) throw new RangeError(`${file.name}: ${data.size}`);
  return { name: file.name, data, when: new Date(file.lastModified).toISOString(), shown: URL.createObjectURL(data) };
}

async function smaller(file: File, longSide: number): Promise<Blob> {
  const image = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, longSide / Math.max(image.width, image.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(image.width * scale));
  canvas.height = Math.max(1, Math.round(image.height * scale));
  canvas.getContext("2d")!.drawImage(image, 0, 0, canvas.width, canvas.height);
  image.close();
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new RangeError(file.name))), "image/jpeg", QUALITY),
  );
}
