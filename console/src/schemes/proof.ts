// The proof of one award, checked where it is shown: an RFC 6962 path from its leaf to the root, and
// that this is the root in the signed note. The signature is checked offline, with the log's key.

import type { Schemas } from "../api/client";

const hex = (bytes: Uint8Array): string => [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
const bytesOf = (text: string): Uint8Array => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));

async function hash(...parts: Uint8Array[]): Promise<Uint8Array> {
  const whole = new Uint8Array(parts.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

/** Whether the award is on the list whose root was signed. Source: RFC 9162, section 2.1.3.2. */
export async function holds(proof: Schemas["AwardProof"]): Promise<boolean> {
  const LEAF = Uint8Array.of(0);
  const NODE = Uint8Array.of(1);
  let [place, last] = [proof.index, proof.size - 1];
  let found = await hash(LEAF, new TextEncoder().encode(proof.leaf));
  for (const neighbour of proof.path.map(bytesOf)) {
    if (last === 0) return false;
    if (place % 2 === 1 || place === last) {
      found = await hash(NODE, neighbour, found);
      while (place % 2 === 0 && place !== 0) [place, last] = [place >> 1, last >> 1];
    } else {
      found = await hash(NODE, found, neighbour);
    }
    [place, last] = [place >> 1, last >> 1];
  }
  const [, size = "", root = ""] = proof.note.split("\n");
  const signed = hex(Uint8Array.from(atob(root), (one) => one.charCodeAt(0)));
  return last === 0 && hex(found) === proof.root && signed === proof.root && Number(size) === proof.size;
}
