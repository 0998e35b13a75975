import assert from "node:assert/strict";
import { test } from "node:test";
import * as ops from "../src/lib/operations";
import type { Doc } from "../src/lib/operations";

const doc = (): Doc => ({
  flow: {
    layers: [
      { id: "in", type: "Input", name: "input" },
      { id: "c1", type: "Conv2D", name: "conv_1", params: { filters: 6 }, provenance: { filters: "figure" }, confidence: 0.6, bbox: [0, 0, 10, 10] },
      { id: "c2", type: "Conv2D", name: "conv_2" },
      { id: "add", type: "Add" },
    ],
    connections: [
      { source: "in", target: "c1" },
      { source: "c1", target: "c2", confidence: 0.5 },
      { source: "c1", target: "add" },
      { source: "c2", target: "add" },
    ],
  },
  places: { in: { x: 0, y: 0 }, c1: { x: 0, y: 80 }, c2: { x: 0, y: 160 }, add: { x: 0, y: 240 } },
});

test("an operation leaves the document before it as it was", () => {
  const before = doc();
  const kept = structuredClone(before);
  ops.removeLayers(before, ["c1"]);
  ops.addLayer(before, "Dense", { x: 1, y: 2 }, { after: "add" });
  ops.setParameter(before, "c1", "filters", 12);
  ops.moveInput(before, "c1→add", 1);
  ops.insert(before, ops.fragment(before, ["c1", "c2"]), { x: 5, y: 5 });
  assert.deepEqual(before, kept);
});

test("layers that an operation doesn't touch stay the same objects", () => {
  const before = doc();
  const after = ops.rename(before, "c1", "first");
  assert.equal(after.flow.layers[2], before.flow.layers[2]);
  assert.equal(ops.layerById(after.flow, "c1")?.name, "first");
});

test("what changes nothing gives the same document", () => {
  const before = doc();
  assert.equal(ops.rename(before, "c1", "conv_1"), before);
  assert.equal(ops.setParameter(before, "c1", "filters", 6), before);
  assert.equal(ops.removeLayers(before, ["nobody"]), before);
  assert.equal(ops.disconnect(before, ["in→add"]), before);
  assert.equal(ops.place(before, { in: { x: 0, y: 0 } }), before);
});

test("a value that a person sets has the person as its source", () => {
  const layer = ops.layerById(ops.setParameter(doc(), "c1", "filters", 12).flow, "c1");
  assert.deepEqual([layer?.params?.filters, layer?.provenance?.filters], [12, "person"]);
});

test("taking a value away takes its source away", () => {
  const layer = ops.layerById(ops.setParameter(doc(), "c1", "filters", undefined).flow, "c1");
  assert.deepEqual([layer?.params, layer?.provenance], [{}, {}]);
});

test("a layer that goes takes its connections and its place with it", () => {
  const after = ops.removeLayers(doc(), ["c1"]);
  assert.deepEqual(after.flow.connections, [{ source: "c2", target: "add" }]);
  assert.ok(!("c1" in after.places));
});

test("loops, doubles and connections to oneself are refused with words", () => {
  const { flow } = doc();
  assert.match(ops.refusesConnection(flow, "add", "in") ?? "", /loop/);
  assert.match(ops.refusesConnection(flow, "in", "c1") ?? "", /already/);
  assert.match(ops.refusesConnection(flow, "c1", "c1") ?? "", /itself/);
  assert.equal(ops.refusesConnection(flow, "in", "add"), null);
  assert.equal(ops.connect(doc(), "add", "in").flow.connections.length, 4);
});

test("a connection with another end keeps its place among the inputs", () => {
  const after = ops.reconnect(doc(), "c1→add", "in", "add");
  assert.deepEqual(after.flow.connections.map(ops.edgeId), ["in→c1", "c1→c2", "in→add", "c2→add"]);
});

test("inputs change their order, others' inputs do not", () => {
  const after = ops.moveInput(doc(), "c2→add", -1);
  assert.deepEqual(after.flow.connections.map(ops.edgeId), ["in→c1", "c1→c2", "c2→add", "c1→add"]);
  const first = ops.moveInput(after, "c2→add", -1);
  assert.equal(first, after);
});

test("copies have ids and names of their own, their own connections, and no printed place", () => {
  const before = doc();
  const [after, ids] = ops.insert(before, ops.fragment(before, ["c1", "c2"]), { x: 24, y: 24 });
  assert.equal(new Set(after.flow.layers.map((layer) => layer.id)).size, 6);
  assert.equal(new Set(after.flow.layers.map((layer) => layer.name).filter(Boolean)).size, 5);
  const [first, second] = ids as [string, string];
  assert.ok(after.flow.connections.some((c) => c.source === first && c.target === second));
  assert.equal(ops.layerById(after.flow, first)?.bbox, undefined);
  assert.deepEqual(after.places[first], { x: 24, y: 104 });
});

test("a new layer is named as code names it", () => {
  const [after, id] = ops.addLayer(doc(), "MaxPooling2D", { x: 0, y: 0 });
  assert.equal(ops.layerById(after.flow, id)?.name, "max_pooling2d_1");
});
