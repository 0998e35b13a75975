import assert from "node:assert/strict";
import { test } from "node:test";
import { Keeping, startFrom, type Store } from "../src/lib/keeping";

function memory(): Store & { values: Map<string, string> } {
  const values = new Map<string, string>();
  return {
    values,
    getItem: (key) => values.get(key) ?? null,
    setItem: (key, value) => void values.set(key, value),
    removeItem: (key) => void values.delete(key),
  };
}
const doc = { flow: { layers: [], connections: [] }, places: {} };

test("what is kept comes back, to the same person and task only", () => {
  const store = memory();
  new Keeping(1, "ada", store, () => 5).write(doc, 3, false);
  assert.deepEqual(new Keeping(1, "ada", store).read(), { ...doc, revision: 3, sent: false, at: 5 });
  assert.equal(new Keeping(1, "grace", store).read(), null);
  assert.equal(new Keeping(2, "ada", store).read(), null);
});

test("an answer keeps its key through edits and reloads, until its fate is known", () => {
  const store = memory();
  const keeping = new Keeping(1, "ada", store);
  keeping.write(doc, 1, false);
  assert.equal(keeping.submissionKey(() => "one"), "one");
  keeping.write(doc, 2, true);
  assert.equal(new Keeping(1, "ada", store).submissionKey(() => "two"), "one");
  keeping.dropKey();
  assert.equal(keeping.submissionKey(() => "three"), "three");
});

test("a full or forbidden store is said, not thrown", () => {
  const full: Store = {
    getItem: () => null,
    setItem: () => {
      throw new DOMException("full", "QuotaExceededError");
    },
    removeItem: () => undefined,
  };
  assert.equal(new Keeping(1, "", full).write(doc, 1, false), false);
});

test("damage in the store is as if nothing were kept", () => {
  const store = memory();
  store.setItem("dlp2c-draft:ada:1", "{broken");
  assert.equal(new Keeping(1, "ada", store).read(), null);
});

test("one begins with what is newest, and is asked where two are", () => {
  const kept = (revision: number, sent: boolean) => ({ ...doc, revision, sent, at: 0 });
  assert.deepEqual(startFrom(null, null), { from: "reading" });
  assert.deepEqual(startFrom(null, 4), { from: "draft" });
  assert.deepEqual(startFrom(kept(4, true), 6), { from: "draft" });
  assert.deepEqual(startFrom(kept(4, false), 4), { from: "kept" });
  assert.deepEqual(startFrom(kept(0, false), null), { from: "kept" });
  assert.deepEqual(startFrom(kept(3, false), 4), { from: "conflict" });
});
