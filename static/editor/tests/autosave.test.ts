import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../src/lib/api";
import { Autosave, type Saved, type SaveState } from "../src/lib/autosave";
import { Clock } from "./clock";

function queue(answer: (document: string, revision: number) => Promise<Saved>) {
  const clock = new Clock();
  const states: SaveState[] = [];
  const kept: { document: string; revision: number; sent: boolean }[] = [];
  const autosave = new Autosave<string>({
    revision: 0,
    send: answer,
    keep: (document, revision, sent) => kept.push({ document, revision, sent }),
    changed: (state) => states.push(state),
    timers: clock,
  });
  return { autosave, clock, states, kept };
}

const saved = (revision: number): Saved => ({ revision, saved_at: "2026-01-01T00:00:00Z" });

test("edits that follow closely are one save, of the newest state", async () => {
  const sent: string[] = [];
  const { autosave, clock } = queue(async (document, revision) => {
    sent.push(document);
    return saved(revision + 1);
  });
  autosave.push("a");
  await clock.pass(300);
  autosave.push("b");
  await clock.pass(5000);
  assert.deepEqual(sent, ["b"]);
  assert.equal(autosave.state.kind, "saved");
});

test("every state is kept in the browser before it is sent", async () => {
  const { autosave, kept } = queue(() => new Promise(() => {}));
  autosave.push("a");
  assert.deepEqual(kept, [{ document: "a", revision: 0, sent: false }]);
});

test("what is edited during a save is saved after it, on the new revision", async () => {
  const sent: [string, number][] = [];
  let finish = (_: Saved) => {};
  const { autosave, clock, kept } = queue((document, revision) => {
    sent.push([document, revision]);
    return new Promise((resolve) => (finish = resolve));
  });
  autosave.push("a");
  await clock.pass(2000);
  autosave.push("b");
  await clock.pass(2000);
  assert.equal(sent.length, 1); // never two at once
  finish(saved(1));
  await clock.pass(2000);
  assert.deepEqual(sent, [["a", 0], ["b", 1]]);
  assert.deepEqual(kept.at(-1), { document: "b", revision: 1, sent: false });
});

test("without the site, edits wait, are counted, and go when it is back", async () => {
  let reachable = false;
  const sent: string[] = [];
  const { autosave, clock, states } = queue(async (document, revision) => {
    if (!reachable) throw new ApiError(0, "away");
    sent.push(document);
    return saved(revision + 1);
  });
  autosave.push("a");
  await clock.pass(1500);
  autosave.push("b");
  assert.deepEqual(states.at(-1), { kind: "offline", edits: 2 });
  await clock.pass(60_000);
  reachable = true;
  autosave.retry();
  await clock.pass(10);
  assert.deepEqual(sent, ["b"]);
  assert.equal(autosave.state.kind, "saved");
});

test("a failing site is asked less and less often", async () => {
  let asked = 0;
  const { autosave, clock } = queue(async () => {
    asked += 1;
    throw new ApiError(503, "busy");
  });
  autosave.push("a");
  await clock.pass(120_000);
  assert.ok(asked >= 5 && asked <= 9, `${asked} times`);
});

test("a newer draft elsewhere is a conflict, not an overwrite", async () => {
  const sent: [string, number][] = [];
  const { autosave, clock } = queue(async (document, revision) => {
    sent.push([document, revision]);
    if (revision === 0) throw new ApiError(409, "stale", { revision: 7 });
    return saved(revision + 1);
  });
  autosave.push("mine");
  await clock.pass(2000);
  assert.deepEqual(autosave.state, { kind: "conflict", revision: 7 });
  autosave.push("mine too");
  await clock.pass(60_000);
  assert.equal(sent.length, 1);
  autosave.resolve("mine too", 7);
  await clock.pass(10);
  assert.deepEqual(sent.at(-1), ["mine too", 7]);
  assert.equal(autosave.state.kind, "saved");
});

test("when the lease has ended nothing is sent, all is kept, and one can try again", async () => {
  let lost = true;
  const { autosave, clock, kept } = queue(async (_, revision) => {
    if (lost) throw new ApiError(409, "Somebody else has it.", { code: "lease_lost" });
    return saved(revision + 1);
  });
  autosave.push("a");
  await clock.pass(2000);
  assert.deepEqual(autosave.state, { kind: "ended", message: "Somebody else has it." });
  autosave.push("b");
  await clock.pass(60_000);
  assert.deepEqual(kept.at(-1), { document: "b", revision: 0, sent: false });
  lost = false;
  autosave.again("b");
  await clock.pass(10);
  assert.equal(autosave.state.kind, "saved");
});

test("flush waits for what is on its way and what is not yet", async () => {
  const sent: string[] = [];
  const { autosave, clock } = queue(async (document, revision) => {
    sent.push(document);
    return saved(revision + 1);
  });
  autosave.push("a");
  const done = autosave.flush();
  await clock.pass(0);
  await done;
  assert.deepEqual(sent, ["a"]);
});
