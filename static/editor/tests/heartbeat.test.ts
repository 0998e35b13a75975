import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../src/lib/api";
import { AWAY, BEAT, Heartbeat } from "../src/lib/heartbeat";
import { Clock } from "./clock";

function heart(answer: () => Promise<{ expires_at: string }> = async () => ({ expires_at: "later" })) {
  const clock = new Clock();
  const told: number[] = [];
  const lost: string[] = [];
  const page = { seen: true };
  const heartbeat = new Heartbeat({
    expiresAt: "soon",
    since: 0,
    beat: () => {
      told.push(clock.time);
      return answer();
    },
    here: () => page.seen,
    renewed: () => undefined,
    lost: (message) => lost.push(message),
    timers: clock,
  });
  heartbeat.start();
  return { heartbeat, clock, told, lost, page };
}

test("the site is told now and then while somebody works, and not after they left", async () => {
  const { heartbeat, clock, told } = heart();
  await clock.pass(BEAT * 3);
  assert.equal(told.length, 3);
  assert.equal(heartbeat.expiresAt, "later");
  await clock.pass(AWAY * 2);
  const last = told.at(-1) as number;
  assert.ok(last <= AWAY && last > AWAY - 2 * BEAT, `the last sign of life at ${last}`);
  heartbeat.touch();
  await clock.pass(BEAT);
  assert.ok((told.at(-1) as number) > AWAY * 2, "who comes back is at it again");
});

test("a page that nobody sees says nothing", async () => {
  const { clock, told, page } = heart();
  page.seen = false;
  await clock.pass(BEAT * 3);
  assert.equal(told.length, 0);
});

test("a save is a sign of life too", async () => {
  const { heartbeat, clock, told } = heart();
  for (let turn = 0; turn < 8; turn += 1) {
    await clock.pass(BEAT / 2);
    heartbeat.renewed("by a save");
  }
  assert.equal(told.length, 0);
});

test("no network is borne in silence; a no ends it", async () => {
  let status = 0;
  const { clock, told, lost } = heart(async () => {
    throw new ApiError(status, "Somebody else has it.");
  });
  await clock.pass(BEAT * 2);
  assert.ok(told.length >= 2, "it is tried again");
  assert.deepEqual(lost, []);
  status = 409;
  await clock.pass(BEAT);
  assert.equal(lost[0], "Somebody else has it.");
});

test("a lease may end as late as a renewal without an answer yet says", async () => {
  const opened = "2030-01-01T00:30:00.123456Z";
  let answer = (_: { expires_at: string }): void => undefined;
  const { heartbeat, clock } = heart(() => new Promise((resolve) => (answer = resolve)));
  heartbeat.renewed(opened, 0);
  await clock.pass(5000);
  assert.equal(heartbeat.until, opened, "nothing was asked since");
  const beat = heartbeat.beat();
  await clock.pass(2000);
  assert.equal(heartbeat.until, "2030-01-01T00:30:07.123Z");
  answer({ expires_at: "2030-01-01T00:30:05.000001Z" });
  await beat;
  assert.equal(heartbeat.until, "2030-01-01T00:30:05.000001Z", "as the site wrote it");
});
