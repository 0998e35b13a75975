/** What <flow-view> shows: a flow, or two flows laid over each other with their difference. */
import { edgeId } from "./operations";
import type { Flow, Layer, Value } from "./types";

export type LayerMark = "added" | "removed" | "changed" | "same";

export interface Difference {
  layers: { kind: LayerMark; before: Layer | null; after: Layer | null; fields: { name: string; before: Value; after: Value }[] }[];
  connections: { kind: "added" | "removed" | "same"; source: string; target: string }[];
}

export interface ViewConfig {
  flow: Flow;
  other?: Difference | null;
  image_url?: string | null;
  width?: number;
  height?: number;
  /** How sure the least sure value of a layer is, of layers in doubt. */
  doubts?: Record<string, number>;
}

export interface Merged {
  flow: Flow;
  layers: Map<string, LayerMark>;
  edges: Map<string, "added" | "removed">;
  /** What changed, in a few words, for the card. */
  notes: Map<string, string>;
}

const REMOVED = "removed:";

/** One flow that holds both: a removed layer keeps its place beside what took it. */
export function merge({ flow, other }: ViewConfig): Merged {
  const merged: Merged = { flow, layers: new Map(), edges: new Map(), notes: new Map() };
  if (!other) return merged;
  const layers = [...flow.layers];
  const ids = new Set(layers.map((layer) => layer.id));
  const removed = new Map<string, string>();
  for (const change of other.layers) {
    if (change.after) {
      merged.layers.set(change.after.id, change.kind);
      const told = change.fields.filter(({ name }) => name !== "label");
      if (change.kind === "changed" && told.length) merged.notes.set(change.after.id, told.map(({ name }) => name.replaceAll("_", " ")).join(", "));
    } else if (change.before) {
      const id = ids.has(change.before.id) ? REMOVED + change.before.id : change.before.id;
      removed.set(change.before.id, id);
      layers.push({ ...change.before, id });
      merged.layers.set(id, "removed");
    }
  }
  const connections = [...flow.connections];
  const known = new Set(connections.map(edgeId));
  for (const { kind, source, target } of other.connections) {
    if (kind === "same") continue;
    // The ends of a removed connection may be layers that are gone.
    const end = (id: string) => (kind === "removed" && removed.has(id) && !ids.has(id) ? (removed.get(id) as string) : id);
    const connection = { source: end(source), target: end(target) };
    if (kind === "removed" && !known.has(edgeId(connection))) connections.push(connection);
    merged.edges.set(edgeId(connection), kind);
  }
  const all = new Set(layers.map((layer) => layer.id));
  merged.flow = { ...flow, layers, connections: connections.filter(({ source, target }) => all.has(source) && all.has(target)) };
  return merged;
}
