import { layout, type LayoutInput } from "../lib/layout";

self.onmessage = (event: MessageEvent<LayoutInput>) => {
  self.postMessage(layout(event.data));
};
