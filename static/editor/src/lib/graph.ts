/** Nodes and edges of the graph library from a document; objects whose content is the same are the same objects. */
import { type Edge, type Node, Position } from "@xyflow/svelte";
import { type Card, CARD_HEIGHT, inDoubt, spoken } from "./card";
import { type Doc, edgeId, type Place, titleOf } from "./operations";
import { type Detour, detours, type Rect } from "./routing";
import type { Layer, Problem } from "./types";
import type { LayerMark } from "./view";

export type NodeData = { card: Card; type: string; layer: Layer; mark?: LayerMark; note?: string };
export type EdgeTone = "" | "doubt" | "wrong" | "added" | "removed";
export type EdgeData = { sourceWidth: number; targetWidth: number; detour: Detour | null; tone: EdgeTone; lit: boolean; editable: boolean };
export type GraphNode = Node<NodeData, "layer">;
export type GraphEdge = Edge<EdgeData, "line">;

/** A node's place is its middle, so that a card whose words change stays where it is. */
export const ORIGIN: [number, number] = [0.5, 0.5];

const handles = new Map<number, GraphNode["handles"]>();

/** Where a card's handles are, said beforehand: what is out of sight need not be drawn to be measured. */
function handlesOf(width: number): GraphNode["handles"] {
  let found = handles.get(width);
  if (!found) {
    const at = (id: string, position: Position, x: number, y: number) => ({ id, type: "source" as const, position, x, y, width: 1, height: 1 });
    found = [
      at("r", Position.Right, width - 1, CARD_HEIGHT / 2),
      at("l", Position.Left, 0, CARD_HEIGHT / 2),
      at("t", Position.Top, width / 2, 0),
      at("b", Position.Bottom, width / 2, CARD_HEIGHT - 1),
    ];
    handles.set(width, found);
  }
  return found;
}

export interface Marks {
  layers: ReadonlyMap<string, LayerMark>;
  edges: ReadonlyMap<string, "added" | "removed">;
  notes: ReadonlyMap<string, string>;
}

export function toNodes(
  doc: Doc,
  cards: ReadonlyMap<string, Card>,
  selected: ReadonlySet<string>,
  old: ReadonlyMap<string, GraphNode>,
  options: { marks?: Marks; holdPlaces?: boolean } = {},
): GraphNode[] {
  return doc.flow.layers.flatMap((layer) => {
    const card = cards.get(layer.id);
    const placed: Place | undefined = doc.places[layer.id];
    if (!card || !placed) return [];
    const before = old.get(layer.id);
    const position = options.holdPlaces && before ? before.position : placed;
    const chosen = selected.has(layer.id);
    if (
      before &&
      before.data.card === card &&
      before.data.layer === layer &&
      (before.selected ?? false) === chosen &&
      before.position.x === position.x &&
      before.position.y === position.y
    ) {
      return [before];
    }
    const mark = options.marks?.layers.get(layer.id);
    const note = options.marks?.notes.get(layer.id);
    const node: GraphNode = {
      ...before,
      id: layer.id,
      type: "layer",
      position: { x: position.x, y: position.y },
      width: card.width,
      height: CARD_HEIGHT,
      measured: { width: card.width, height: CARD_HEIGHT },
      handles: handlesOf(card.width) ?? [],
      selected: chosen,
      zIndex: chosen ? 1 : 0,
      ariaLabel: `${mark && mark !== "same" ? `${mark}: ` : ""}${spoken(layer, card, doc.flow)}`,
      data: { card, type: layer.type, layer, ...(mark ? { mark } : {}), ...(note ? { note } : {}) },
    };
    return [node];
  });
}

export function toEdges(
  doc: Doc,
  cards: ReadonlyMap<string, Card>,
  selected: { edges: ReadonlySet<string>; layers: ReadonlySet<string> },
  old: ReadonlyMap<string, GraphEdge>,
  options: { marks?: Marks; problems?: readonly Problem[]; editable: boolean },
): GraphEdge[] {
  const names = new Map(doc.flow.layers.map((layer) => [layer.id, titleOf(layer)]));
  const rects = new Map<string, Rect>();
  for (const { id } of doc.flow.layers) {
    const card = cards.get(id);
    const at = doc.places[id];
    if (card && at) rects.set(id, { x: at.x - card.width / 2, y: at.y - CARD_HEIGHT / 2, width: card.width, height: CARD_HEIGHT });
  }
  const all = doc.flow.connections.map((connection) => ({ id: edgeId(connection), source: connection.source, target: connection.target }));
  const lanes = detours(all, rects);
  const wrong = new Set((options.problems ?? []).flatMap((p) => (p.connection ? [edgeId({ source: p.connection[0], target: p.connection[1] })] : [])));
  return doc.flow.connections.map((connection) => {
    const { source, target, confidence } = connection;
    const id = edgeId(connection);
    const tone: EdgeTone = options.marks?.edges.get(id) ?? (wrong.has(id) ? "wrong" : inDoubt(confidence) ? "doubt" : "");
    const data: EdgeData = {
      sourceWidth: cards.get(source)?.width ?? 0,
      targetWidth: cards.get(target)?.width ?? 0,
      detour: lanes.get(id) ?? null,
      tone,
      lit: selected.layers.size === 1 && (selected.layers.has(source) || selected.layers.has(target)),
      editable: options.editable,
    };
    const chosen = selected.edges.has(id);
    const before = old.get(id);
    if (before && (before.selected ?? false) === chosen && sameData(before.data as EdgeData, data)) return before;
    return {
      id,
      type: "line" as const,
      source,
      target,
      sourceHandle: "r",
      targetHandle: "r",
      selected: chosen,
      focusable: true,
      ariaLabel: `Connection from ${names.get(source)} to ${names.get(target)}${tone === "doubt" ? ", in doubt" : ""}`,
      data,
    };
  });
}

const sameData = (a: EdgeData, b: EdgeData): boolean =>
  a.sourceWidth === b.sourceWidth &&
  a.targetWidth === b.targetWidth &&
  a.tone === b.tone &&
  a.lit === b.lit &&
  a.detour?.axis === b.detour?.axis &&
  a.detour?.at === b.detour?.at;
