import assert from "node:assert/strict";
import { test } from "node:test";
import { cardOf, marked } from "../src/lib/card";
import { Catalogue } from "../src/lib/catalogue";
import { doubtsOf, likelyAnswers } from "../src/lib/doubts";
import type { CatalogueData, Flow, Layer } from "../src/lib/types";
import { merge } from "../src/lib/view";

const type = (name: string, family: string, aliases: string[] = []) => ({ name, family, aliases, help: "", rank: 2, min_inputs: 1, max_inputs: 1, parameters: [] });
const catalogue = new Catalogue({
  families: [],
  types: [type("Conv2D", "conv", ["conv", "convolution"]), type("Conv2DTranspose", "conv", ["upconv", "deconvolution"]), type("UpSampling2D", "pool", ["upsample"]), type("Unknown", "block")],
} as unknown as CatalogueData);

const up = (id: string, kind: string, confidence: number): Layer => ({ id, type: kind, label: `up-conv 2x2 ${id}`, name: id, confidence });

test("what twins are comes first, what was read is always among the answers", () => {
  const doubtful = up("2", "UpSampling2D", 0.58);
  const flow: Flow = { layers: [up("1", "Conv2DTranspose", 0.97), doubtful, up("3", "Conv2DTranspose", 0.98)], connections: [] };
  const answers = likelyAnswers(doubtful, flow, catalogue);
  assert.deepEqual(answers[0], { type: "Conv2DTranspose", reason: "as 1, 3" });
  assert.ok(answers.some((answer) => answer.type === "UpSampling2D" && answer.reason === "as read"));
  assert.ok(answers.length <= 3);
});

test("sizes alone make no twins", () => {
  const doubtful: Layer = { id: "a", type: "Conv2D", label: "28 x 28 x 512", confidence: 0.5 };
  const other: Layer = { id: "b", type: "UpSampling2D", label: "1 x 1 x 4096", confidence: 0.99 };
  assert.deepEqual(likelyAnswers(doubtful, { layers: [doubtful, other], connections: [] }, catalogue), [{ type: "Conv2D", reason: "as read" }]);
});

test("an unknown layer is a doubt until a person says what it is", () => {
  const unknown: Layer = { id: "a", type: "Unknown", confidence: 0.99 };
  assert.equal(doubtsOf({ layers: [unknown], connections: [] }).length, 1);
  assert.equal(doubtsOf({ layers: [{ ...unknown, provenance: { type: "person" } }], connections: [] }).length, 0);
});

test("sure layers wear no badge", () => {
  assert.equal(cardOf({ id: "a", type: "Conv2D", confidence: 0.97 }, catalogue, null, undefined).doubt, null);
  assert.equal(cardOf({ id: "a", type: "Conv2D", confidence: 0.58 }, catalogue, null, undefined).doubt, 58);
});

test("a difference holds both networks, a removed layer with its connections", () => {
  const after: Flow = { layers: [{ id: "a", type: "Input" }, { id: "b", type: "Dense" }], connections: [{ source: "a", target: "b" }] };
  const merged = merge({
    flow: after,
    other: {
      layers: [
        { kind: "same", before: { id: "x", type: "Input" }, after: { id: "a", type: "Input" }, fields: [] },
        { kind: "added", before: null, after: { id: "b", type: "Dense" }, fields: [] },
        { kind: "removed", before: { id: "b", type: "Dropout" }, after: null, fields: [] },
      ],
      connections: [
        { kind: "added", source: "a", target: "b" },
        { kind: "removed", source: "a", target: "gone" },
      ],
    },
  });
  assert.equal(merged.flow.layers.length, 3);
  assert.deepEqual([...merged.layers.values()].sort(), ["added", "removed", "same"]);
  assert.equal(merged.flow.connections.length, 1);
});

test("a marked card has room for its sign and for what changed", () => {
  const card = cardOf({ id: "c1", type: "Conv2D", params: { filters: 6 } }, catalogue, undefined, undefined);
  assert.ok(marked(card, "filters, kernel size").width > card.width);
  assert.ok(marked({ ...card, title: "Conv2DTranspose" }, undefined).width > card.width);
});
