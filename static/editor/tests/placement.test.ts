import assert from "node:assert/strict";
import { test } from "node:test";
import { CARD_HEIGHT } from "../src/lib/card";
import { layout } from "../src/lib/layout";
import { figureScale, placeOverFigure } from "../src/lib/placement";
import { detours, pathOf, type Rect, route } from "../src/lib/routing";
import type { Flow, Layer } from "../src/lib/types";

const width = () => 120;
const flow = (layers: Layer[]): Flow => ({ layers, connections: [] });
const boxes = (...rows: [number, number][]): Layer[] =>
  rows.map(([x, y], index) => ({ id: `l${index}`, type: "Conv2D", bbox: [x, y, x + 20, y + 20] }));

function overlapping(places: Record<string, { x: number; y: number }>): number {
  const all = Object.values(places);
  return all.flatMap((a, i) => all.slice(i + 1).filter((b) => Math.abs(a.x - b.x) < 120 && Math.abs(a.y - b.y) < CARD_HEIGHT)).length;
}

test("the middles of cards lie on those of their printed places where there is room", () => {
  const layers = boxes([0, 0], [400, 0], [0, 300]);
  const scale = figureScale(flow(layers), width, { width: 500, height: 400 });
  const places = placeOverFigure(flow(layers), width, scale);
  for (const layer of layers) {
    const [x0, y0] = layer.bbox as [number, number, number, number];
    assert.ok(Math.abs((places[layer.id]?.x ?? 0) - (x0 + 10) * scale) <= 1);
    assert.ok(Math.abs((places[layer.id]?.y ?? 0) - (y0 + 10) * scale) <= 1);
  }
});

test("a dense figure is enlarged, and cards never cover each other", () => {
  const layers = boxes(...Array.from({ length: 40 }, (_, index): [number, number] => [(index % 8) * 30, Math.floor(index / 8) * 30]));
  const scale = figureScale(flow(layers), width, { width: 260, height: 170 });
  assert.ok(scale > 1);
  assert.equal(overlapping(placeOverFigure(flow(layers), width, scale)), 0);
});

test("layers at the very same place are put apart", () => {
  assert.equal(overlapping(placeOverFigure(flow(boxes([5, 5], [5, 5], [5, 5])), width, 1)), 0);
});

test("one layer, none, or a figure without size break nothing", () => {
  assert.ok(figureScale(flow([]), width, { width: 0, height: 0 }) > 0);
  assert.ok(Number.isFinite(figureScale(flow(boxes([1, 1])), width, { width: 10, height: 10 })));
  assert.deepEqual(placeOverFigure(flow([{ id: "a", type: "Dense" }]), width, 1), {});
});

test("automatic layout puts every layer below what feeds it, and bears loops", () => {
  const nodes = ["a", "b", "c", "d"].map((id) => ({ id, width: 100, height: 42 }));
  const edges = [["a", "b"], ["b", "c"], ["a", "c"], ["c", "d"]].map(([source, target]) => ({ source: source as string, target: target as string }));
  const places = layout({ nodes, edges, direction: "TB" });
  for (const { source, target } of edges) assert.ok((places[source]?.y ?? 0) + 42 < (places[target]?.y ?? 0) + 1);
  assert.equal(Object.keys(layout({ nodes, edges: [...edges, { source: "d", target: "a" }], direction: "LR" })).length, 4);
});

const card = (x: number, y: number): Rect => ({ x, y, width: 100, height: 42 });

test("a connection begins and ends at the cards' borders and has right angles", () => {
  const spots: [number, number][] = [[0, 200], [200, 0], [250, 200], [-250, -200], [60, 20], [130, 30]];
  for (const [x, y] of spots) {
    const points = route(card(0, 0), card(x, y), null);
    points.slice(1).forEach((point, index) => {
      const before = points[index] as { x: number; y: number };
      assert.ok(Math.abs(point.x - before.x) < 1e-6 || Math.abs(point.y - before.y) < 1e-6, `${x},${y}`);
    });
    assert.match(pathOf(points), /^M/);
  }
});

test("a skip connection goes round what it skips", () => {
  const rects = new Map([["a", card(0, 0)], ["b", card(0, 100)], ["c", card(0, 200)]]);
  const edges = [
    { id: "ab", source: "a", target: "b" },
    { id: "ac", source: "a", target: "c" },
  ];
  const found = detours(edges, rects);
  assert.equal(found.has("ab"), false);
  const lane = found.get("ac");
  assert.ok(lane && lane.axis === "x" && lane.at > 100);
});

test("a table's layers are laid out freely: its rows lie closer than cards can", () => {
  const read = { ...flow(boxes([5, 5], [5, 15])), sources: [{ table: "1" }] };
  assert.deepEqual(placeOverFigure(read, width, 1), {});
});
