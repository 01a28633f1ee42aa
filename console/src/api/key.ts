// Names for acts, by which the server knows one again that is told twice.

/** A name for one act; also where the page is not served over an encrypted line. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
