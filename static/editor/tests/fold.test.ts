import assert from "node:assert/strict";
import test from "node:test";
import { fold } from "../src/lib/fold";

const card = () => ({ width: 100, height: 42 });
const chain = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`l${i}`, { x: 74 + 156 * i, y: 45 }]));

test("a short row stays as it is", () => {
  assert.deepEqual(fold(chain(4), card, { width: 800, height: 400 }), chain(4));
});

test("a long row goes to and fro, and nothing lies over anything else", () => {
  const places = fold(chain(12), card, { width: 760, height: 350 });
  assert.equal(Object.keys(places).length, 12);
  const lines = new Set(Object.values(places).map(({ y }) => y));
  assert.ok(lines.size > 1);
  const inLine = (y: number) => Object.entries(places).filter(([, place]) => place.y === y).map(([id, { x }]) => [Number(id.slice(1)), x] as const);
  const [first, second] = [...lines].map(inLine);
  assert.ok(first && second);
  assert.ok(first.every(([id, x], i) => i === 0 || (id > first[i - 1]![0] && x > first[i - 1]![1])), "the first line reads from left to right");
  const back = [...second].sort((a, b) => a[0] - b[0]);
  assert.ok(back.every(([, x], i) => i === 0 || x < back[i - 1]![1]), "the second one back");
  const all = Object.values(places);
  for (const [i, a] of all.entries()) for (const b of all.slice(i + 1)) assert.ok(Math.abs(a.x - b.x) >= 100 || Math.abs(a.y - b.y) >= 42);
});

test("what fits in one line is not folded", () => {
  const places = chain(7);
  assert.deepEqual(fold(places, card, { width: 1400, height: 200 }), places);
});
