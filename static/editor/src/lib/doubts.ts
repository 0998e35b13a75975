/** Where the reading is in doubt, as questions with likely answers. */
import { inDoubt } from "./card";
import { type Catalogue, fold } from "./catalogue";
import { edgeId, titleOf } from "./operations";
import type { Flow, Layer } from "./types";

export interface Answer {
  type: string;
  reason: string;
}

export type Doubt =
  | { kind: "layer"; key: string; layer: Layer; confidence: number }
  | { kind: "connection"; key: string; source: string; target: string; confidence: number };

const isOpen = (layer: Layer): boolean =>
  layer.provenance?.type !== "person" && (inDoubt(layer.confidence) || layer.type === "Unknown");

/** Layers first, in the order of the flow: whoever goes through them walks through the network. */
export function doubtsOf(flow: Flow): Doubt[] {
  const layers = flow.layers
    .filter(isOpen)
    .map((layer): Doubt => ({ kind: "layer", key: layer.id, layer, confidence: layer.confidence ?? 0 }));
  const connections = flow.connections
    .filter((c) => inDoubt(c.confidence))
    .map((c): Doubt => ({ kind: "connection", key: edgeId(c), source: c.source, target: c.target, confidence: c.confidence as number }));
  return [...layers, ...connections];
}

/** Up to three types that the layer may be: what its twins are, what its words say, what was read. */
export function likelyAnswers(layer: Layer, flow: Flow, catalogue: Catalogue): Answer[] {
  const answers: Answer[] = [];
  const add = (type: string, reason: string) => {
    if (type !== "Unknown" && catalogue.get(type) && !answers.some((answer) => answer.type === type)) answers.push({ type, reason });
  };
  for (const [type, names] of twins(layer, flow)) add(type, `as ${names.slice(0, 2).join(", ")}`);
  for (const type of byWords(layer.label || layer.name || "", catalogue)) add(type, "by its words");
  const read = layer.type;
  const likely = answers.slice(0, 3);
  if (likely.some((answer) => answer.type === read)) {
    return likely.map((answer) => (answer.type === read ? { ...answer, reason: "as read" } : answer));
  }
  return catalogue.get(read) && read !== "Unknown" ? [...likely.slice(0, 2), { type: read, reason: "as read" }] : likely;
}

/** Layers with the same printed words, numbers aside, that are not in doubt: type -> their names. */
function twins(layer: Layer, flow: Flow): Map<string, string[]> {
  const words = stem(layer.label ?? "");
  const found = new Map<string, string[]>();
  if (!words) return found;
  for (const other of flow.layers) {
    if (other.id === layer.id || inDoubt(other.confidence) || stem(other.label ?? "") !== words) continue;
    found.set(other.type, [...(found.get(other.type) ?? []), titleOf(other)]);
  }
  return new Map([...found].sort((a, b) => b[1].length - a[1].length));
}

/** The words without numbers and sizes; what is left of "28 x 28 x 512" says nothing. */
const stem = (label: string): string => fold(label.replace(/\d+/g, " ").replace(/\b[x×]\b/gi, " "));

/** Types whose name or alias stands in the printed words; the longest match is the likeliest. */
function byWords(label: string, catalogue: Catalogue): string[] {
  const words = fold(label);
  if (!words) return [];
  return catalogue.types
    .map((type) => ({ type: type.name, length: Math.max(0, ...[type.name, ...type.aliases].map((word) => matched(words, fold(word)))) }))
    .filter(({ length }) => length > 0)
    .sort((a, b) => b.length - a.length)
    .map(({ type }) => type);
}

const matched = (words: string, alias: string): number => (alias.length >= 2 && words.includes(alias) ? alias.length : 0);
