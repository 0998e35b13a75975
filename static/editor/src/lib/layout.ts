/** Automatic layout from top to bottom (or left to right) by dagre: the layers' middles. Components stand side by side. */
import dagre from "@dagrejs/dagre";
import type { Place } from "./operations";

export interface LayoutInput {
  nodes: { id: string; width: number; height: number }[];
  edges: { source: string; target: string }[];
  direction: "TB" | "LR";
}

export function layout({ nodes, edges, direction }: LayoutInput): Record<string, Place> {
  const graph = new dagre.graphlib.Graph({ multigraph: true });
  graph.setGraph({ rankdir: direction, nodesep: 28, ranksep: direction === "TB" ? 36 : 56, marginx: 24, marginy: 24 });
  graph.setDefaultEdgeLabel(() => ({}));
  const ids = new Set(nodes.map(({ id }) => id));
  for (const { id, width, height } of nodes) graph.setNode(id, { width, height });
  for (const [index, { source, target }] of edges.entries()) {
    if (ids.has(source) && ids.has(target)) graph.setEdge(source, target, {}, String(index));
  }
  dagre.layout(graph);
  return Object.fromEntries(
    nodes.map(({ id }) => {
      const { x, y } = graph.node(id) as { x: number; y: number };
      return [id, { x: Math.round(x), y: Math.round(y) }];
    }),
  );
}
