import assert from "node:assert/strict";
import { test } from "node:test";
import { begin, commit, jump, redo, undo } from "../src/lib/history";

test("undo and redo lead to the very documents, however many there were", () => {
  const documents = Array.from({ length: 2000 }, (_, number) => ({ number }));
  let history = begin(documents[0] as { number: number });
  for (const document of documents.slice(1)) history = commit(history, "edit", document);
  for (const document of documents.slice(0, -1).reverse()) {
    history = undo(history);
    assert.equal(history.present, document);
  }
  assert.equal(undo(history), history);
  for (const document of documents.slice(1)) {
    history = redo(history);
    assert.equal(history.present, document);
  }
  assert.equal(redo(history), history);
});

test("an edit after undo ends what was undone", () => {
  let history = commit(commit(begin("a"), "b", "b"), "c", "c");
  history = commit(undo(history), "d", "d");
  assert.equal(redo(history).present, "d");
  assert.equal(undo(history).present, "b");
});

test("typing in one field is one step, pausing begins another", () => {
  let history = begin("");
  history = commit(history, "type", "a", "name", 0);
  history = commit(history, "type", "ab", "name", 500);
  history = commit(history, "type", "abc", "name", 5000);
  assert.equal(history.past.length, 2);
  assert.equal(undo(history).present, "ab");
});

test("no edit, no step", () => {
  const history = begin("a");
  assert.equal(commit(history, "nothing", "a"), history);
});

test("a jump goes to any moment, past or undone", () => {
  let history = begin(0);
  for (let number = 1; number < 6; number += 1) history = commit(history, "edit", number);
  history = jump(history, 1);
  assert.equal(history.present, 2);
  assert.equal(jump(history, -1).present, 0);
  assert.equal(jump(history, 4).present, 5);
});
