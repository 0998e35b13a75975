import { layout, type LayoutInput } from "./layout";
import type { Place } from "./operations";

const IN_WORKER_ABOVE = 200;

/** Lays out in a worker where the page would stand still meanwhile; where no worker can be had, in the page. */
export async function layOut(input: LayoutInput): Promise<Record<string, Place>> {
  if (input.nodes.length <= IN_WORKER_ABOVE) return layout(input);
  let worker: Worker;
  try {
    worker = new Worker(new URL("./layout-worker.js", import.meta.url), { type: "module" });
  } catch {
    return layout(input);
  }
  try {
    return await new Promise<Record<string, Place>>((resolve, reject) => {
      worker.onmessage = (event: MessageEvent<Record<string, Place>>) => resolve(event.data);
      worker.onerror = () => reject(new Error("the layout worker failed"));
      worker.postMessage(input);
    }).catch(() => layout(input));
  } finally {
    worker.terminate();
  }
}
