// What happens, as it happens, shared by all tabs where the browser can.

import { HOME } from "../home";
import { follow, type Told } from "./follow";

/** Begin to listen; gives what ends it. */
export function listen(tell: (told: Told) => void): () => void {
  if (typeof SharedWorker === "undefined") return follow(tell, HOME);
  const worker = new SharedWorker(new URL("./stream.worker.ts", import.meta.url), { type: "module", name: `haihe${HOME}` });
  worker.port.onmessage = (event: MessageEvent<Told>) => tell(event.data);
  worker.port.start();
  const leave = () => worker.port.postMessage("leave");
  addEventListener("pagehide", leave);
  return () => {
    removeEventListener("pagehide", leave);
    leave();
  };
}
