/**
 * Everything that can be done to a flow: pure functions from one document to the next.
 *
 * A document is never changed in place. Unchanged layers stay the same objects, so that comparing is cheap and the
 * history can keep every document there ever was.
 */
import type { Box, Connection, Flow, Layer, Provenance, Shape, Value } from "./types";

export interface Place {
  x: number;
  y: number;
}

/** What is edited: the flow, and where the middles of its layers lie on the canvas (which the flow itself doesn't know). */
export interface Doc {
  readonly flow: Flow;
  readonly places: Readonly<Record<string, Place>>;
}

export const edgeId = (connection: { source: string; target: string }): string =>
  `${connection.source}→${connection.target}`;

export const layerById = (flow: Flow, id: string): Layer | undefined => flow.layers.find((layer) => layer.id === id);

/** How the editor calls a layer in words and lists. */
export const titleOf = (layer: Layer): string => layer.name || layer.id;

/** An id that no layer of the flow has yet. */
export function freshId(flow: Flow, stem: string): string {
  const taken = new Set(flow.layers.map((layer) => layer.id));
  const base = stem.toLowerCase().replace(/[^a-z0-9_]+/g, "_").replace(/_?\d+$/, "") || "layer";
  let number = 1;
  while (taken.has(`${base}_${number}`)) number += 1;
  return `${base}_${number}`;
}

/** An identifier that can stand in code and that no other layer of the flow has as name or id. */
export function freshName(flow: Flow, stem: string): string {
  const taken = new Set(flow.layers.flatMap((layer) => [layer.id, layer.name ?? ""]));
  const base = stem.replace(/_?\d+$/, "") || "layer";
  let number = 1;
  while (taken.has(`${base}_${number}`)) number += 1;
  return `${base}_${number}`;
}

function withLayer(doc: Doc, id: string, change: (layer: Layer) => Layer): Doc {
  let changed = false;
  const layers = doc.flow.layers.map((layer) => {
    if (layer.id !== id) return layer;
    const next = change(layer);
    changed ||= next !== layer;
    return next;
  });
  return changed ? { ...doc, flow: { ...doc.flow, layers } } : doc;
}

/** What a person set: the value's source is the person from now on. */
const byPerson = (layer: Layer, key: string): Record<string, Provenance> => ({ ...layer.provenance, [key]: "person" });

const without = <T>(record: Record<string, T> | undefined, key: string): Record<string, T> => {
  const { [key]: _, ...rest } = record ?? {};
  return rest;
};

/** New layer at a place, joined to the layer it follows. */
export function addLayer(doc: Doc, type: string, place: Place, options: { after?: string; bbox?: Box } = {}): [Doc, string] {
  const id = freshId(doc.flow, snake(type));
  const layer: Layer = { id, type, name: freshName(doc.flow, snake(type)), provenance: { type: "person" }, confidence: 1 };
  if (options.bbox) layer.bbox = options.bbox;
  let next: Doc = {
    flow: { ...doc.flow, layers: [...doc.flow.layers, layer] },
    places: { ...doc.places, [id]: place },
  };
  if (options.after) next = connect(next, options.after, id);
  return [next, id];
}

export const snake = (type: string): string =>
  type
    .replace(/ReLU/g, "Relu")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .toLowerCase();

export function removeLayers(doc: Doc, ids: Iterable<string>): Doc {
  const gone = new Set(ids);
  const layers = doc.flow.layers.filter((layer) => !gone.has(layer.id));
  if (layers.length === doc.flow.layers.length) return doc;
  const connections = doc.flow.connections.filter(({ source, target }) => !gone.has(source) && !gone.has(target));
  const places = Object.fromEntries(Object.entries(doc.places).filter(([id]) => !gone.has(id)));
  return { flow: { ...doc.flow, layers, connections }, places };
}

/** Why two layers can't be joined, in words, or null if they can. */
export function refusesConnection(flow: Flow, source: string, target: string): string | null {
  if (source === target) return "A layer can't feed itself.";
  if (flow.connections.some((c) => c.source === source && c.target === target)) return "They are connected already.";
  const outputs = new Map<string, string[]>();
  for (const c of flow.connections) outputs.set(c.source, [...(outputs.get(c.source) ?? []), c.target]);
  const seen = new Set<string>();
  const queue = [target];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (id === source) return "That would close a loop: the one layer already feeds the other.";
    if (seen.has(id)) continue;
    seen.add(id);
    queue.push(...(outputs.get(id) ?? []));
  }
  return null;
}

export function connect(doc: Doc, source: string, target: string): Doc {
  if (refusesConnection(doc.flow, source, target)) return doc;
  const connections = [...doc.flow.connections, { source, target, confidence: 1 }];
  return { ...doc, flow: { ...doc.flow, connections } };
}

export function disconnect(doc: Doc, edges: Iterable<string>): Doc {
  const gone = new Set(edges);
  const connections = doc.flow.connections.filter((c) => !gone.has(edgeId(c)));
  return connections.length === doc.flow.connections.length ? doc : { ...doc, flow: { ...doc.flow, connections } };
}

/** The connection with other ends; it keeps its place among its target's inputs. */
export function reconnect(doc: Doc, edge: string, source: string, target: string): Doc {
  const rest = { ...doc.flow, connections: doc.flow.connections.filter((c) => edgeId(c) !== edge) };
  if (refusesConnection(rest, source, target)) return doc;
  const connections = doc.flow.connections.map((c) => (edgeId(c) === edge ? { source, target, confidence: 1 } : c));
  return { ...doc, flow: { ...doc.flow, connections } };
}

/** A person says that a doubtful connection is right. */
export function confirmConnection(doc: Doc, edge: string): Doc {
  const connections = doc.flow.connections.map((c) => (edgeId(c) === edge ? { ...c, confidence: 1 } : c));
  return { ...doc, flow: { ...doc.flow, connections } };
}

/** Put one input of a layer before (-1) or after (+1) its neighbour: the order of connections is the order of inputs. */
export function moveInput(doc: Doc, edge: string, step: -1 | 1): Doc {
  const connections = [...doc.flow.connections];
  const at = connections.findIndex((c) => edgeId(c) === edge);
  const target = connections[at]?.target;
  for (let other = at + step; other >= 0 && other < connections.length; other += step) {
    if (connections[other]?.target !== target) continue;
    [connections[at], connections[other]] = [connections[other] as Connection, connections[at] as Connection];
    return { ...doc, flow: { ...doc.flow, connections } };
  }
  return doc;
}

export const rename = (doc: Doc, id: string, name: string): Doc =>
  withLayer(doc, id, (layer) => (layer.name === name ? layer : { ...layer, name }));

export const setLabel = (doc: Doc, id: string, label: string): Doc =>
  withLayer(doc, id, (layer) => (layer.label === label ? layer : { ...layer, label, provenance: byPerson(layer, "label") }));

/** Another type. Parameters stay: one that the new type doesn't know is shown as such and can be removed. */
export const setType = (doc: Doc, id: string, type: string): Doc =>
  withLayer(doc, id, (layer) => ({ ...layer, type, confidence: 1, provenance: byPerson(layer, "type") }));

export const confirmLayer = (doc: Doc, id: string): Doc =>
  withLayer(doc, id, (layer) => ({ ...layer, confidence: 1, provenance: byPerson(layer, "type") }));

/** `undefined` takes the value away, so that it is again what the framework assumes. */
export const setParameter = (doc: Doc, id: string, key: string, value: Value | undefined): Doc =>
  withLayer(doc, id, (layer) => {
    if (value === undefined) {
      if (!(key in (layer.params ?? {}))) return layer;
      return { ...layer, params: without(layer.params, key), provenance: without(layer.provenance, key) };
    }
    if (same(layer.params?.[key], value)) return layer;
    return { ...layer, params: { ...layer.params, [key]: value }, provenance: byPerson(layer, key) };
  });

export const setAlso = (doc: Doc, id: string, also: string[]): Doc =>
  withLayer(doc, id, (layer) => ({ ...layer, also, provenance: byPerson(layer, "also") }));

export const setOutputShape = (doc: Doc, id: string, shape: Shape | null): Doc =>
  withLayer(doc, id, (layer) => {
    if (same(layer.output_shape ?? null, shape)) return layer;
    if (shape === null) return { ...layer, output_shape: null, provenance: without(layer.provenance, "output_shape") };
    return { ...layer, output_shape: shape, provenance: byPerson(layer, "output_shape") };
  });

export function place(doc: Doc, places: Record<string, Place>): Doc {
  const moved = Object.entries(places).some(([id, { x, y }]) => doc.places[id]?.x !== x || doc.places[id]?.y !== y);
  return moved ? { ...doc, places: { ...doc.places, ...places } } : doc;
}

/** A part of a flow, as the clipboard carries it. */
export interface Fragment {
  layers: Layer[];
  connections: Connection[];
  places: Record<string, Place>;
}

export function fragment(doc: Doc, ids: Iterable<string>): Fragment {
  const chosen = new Set(ids);
  return {
    layers: doc.flow.layers.filter((layer) => chosen.has(layer.id)),
    connections: doc.flow.connections.filter((c) => chosen.has(c.source) && chosen.has(c.target)),
    places: Object.fromEntries([...chosen].flatMap((id) => (doc.places[id] ? [[id, doc.places[id]]] : []))),
  };
}

/** Copies of a fragment's layers under fresh ids and names, with the connections among them. */
export function insert(doc: Doc, part: Fragment, offset: Place): [Doc, string[]] {
  let flow = doc.flow;
  const ids = new Map<string, string>();
  const places: Record<string, Place> = { ...doc.places };
  for (const layer of part.layers) {
    const id = freshId(flow, layer.id);
    const name = freshName(flow, layer.name || snake(layer.type));
    const { bbox: _, ...rest } = layer; // the copy is not what is printed there
    flow = { ...flow, layers: [...flow.layers, { ...rest, id, name, confidence: 1 }] };
    ids.set(layer.id, id);
    const at = part.places[layer.id] ?? { x: 0, y: 0 };
    places[id] = { x: at.x + offset.x, y: at.y + offset.y };
  }
  const copies = part.connections.map((c) => ({
    source: ids.get(c.source) as string,
    target: ids.get(c.target) as string,
    confidence: 1,
  }));
  return [{ flow: { ...flow, connections: [...flow.connections, ...copies] }, places }, [...ids.values()]];
}

export const same = (a: unknown, b: unknown): boolean => a === b || JSON.stringify(a) === JSON.stringify(b);
