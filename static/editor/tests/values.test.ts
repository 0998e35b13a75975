import assert from "node:assert/strict";
import { test } from "node:test";
import { highlight } from "../src/lib/highlight";
import { fits } from "../src/lib/keys";
import { pieces } from "../src/lib/text";
import type { Parameter } from "../src/lib/types";
import { fieldText, parseField, parseShape } from "../src/lib/values";

const parameter = (kind: Parameter["kind"], rest: Partial<Parameter> = {}): Parameter => ({ name: "p", kind, required: false, help: "", ...rest });

test("numbers are read as people write them", () => {
  assert.deepEqual(parseField(parameter("int"), "1,024"), { ok: true, value: 1024 });
  assert.deepEqual(parseField(parameter("float"), "0.5"), { ok: true, value: 0.5 });
  assert.deepEqual(parseField(parameter("size"), "3 × 3"), { ok: true, value: [3, 3] });
  assert.deepEqual(parseField(parameter("size"), "3x5"), { ok: true, value: [3, 5] });
  assert.deepEqual(parseField(parameter("size"), "3"), { ok: true, value: 3 });
  assert.deepEqual(parseField(parameter("ints"), "(7, 7)"), { ok: true, value: [7, 7] });
  assert.deepEqual(parseField(parameter("floats"), "0.485, 0.456"), { ok: true, value: [0.485, 0.456] });
  assert.deepEqual(parseField(parameter("floats"), "0.5"), { ok: true, value: 0.5 });
});

test("an empty field says nothing", () => {
  assert.deepEqual(parseField(parameter("int"), "  "), { ok: true, value: undefined });
});

test("what can't be is refused with words", () => {
  for (const [kind, text, rest] of [
    ["int", "three", {}],
    ["int", "1.5", {}],
    ["int", "0", { minimum: 1 }],
    ["float", "1.2", { maximum: 1 }],
    ["size", "3 x y", {}],
    ["int", "99999999999", {}],
  ] as const) {
    const parsed = parseField(parameter(kind, rest), text);
    assert.ok(!parsed.ok && parsed.message.length > 8, text);
  }
});

test("a value shown in a field and read again is the same", () => {
  for (const value of [[3, 3], [1, 2, 3]]) assert.deepEqual(parseField(parameter("size"), fieldText(value)), { ok: true, value });
});

test("shapes with sizes that nobody knows", () => {
  assert.deepEqual(parseShape("28 × 28 × ?"), { ok: true, shape: [28, 28, null] });
  assert.deepEqual(parseShape(""), { ok: true, shape: null });
  assert.equal(parseShape("28 × 0").ok, false);
});

test("names in messages are shown as code and are never markup", () => {
  assert.deepEqual(pieces("`<b>x</b>` has one input"), [
    { text: "<b>x</b>", code: true },
    { text: " has one input", code: false },
  ]);
});

test("coloured code is the code", () => {
  const source = 'x = layers.Conv2D(64, 3, name="a#b")(x)  # why\n"""doc\nmore"""\nreturn x\n';
  const lines = highlight(source, "keras").map((line) => line.map(({ text }) => text).join(""));
  assert.equal(`${lines.join("\n")}\n`, source);
  const kinds = highlight(source, "keras")[0]?.filter(({ kind }) => kind).map(({ text, kind }) => [text, kind]);
  assert.deepEqual(kinds, [["64", "n"], ["3", "n"], ["name", "a"], ['"a#b"', "s"], ["# why", "c"]]);
});

test("keys", () => {
  const press = (key: string, held: Partial<KeyboardEvent> = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...held });
  assert.ok(fits(press("z", { ctrlKey: true }), "mod+z"));
  assert.ok(!fits(press("z", { ctrlKey: true, shiftKey: true }), "mod+z"));
  assert.ok(fits(press("Z", { metaKey: true, shiftKey: true }), "shift+mod+z"));
  assert.ok(fits(press("?", { shiftKey: true }), "?"));
  assert.ok(!fits(press("a", { altKey: true }), "a"));
});
