import assert from "node:assert/strict";
import test from "node:test";
import { Api, ApiError, isAbort } from "../src/lib/api";

/** An answer whose body breaks off in this way. */
function breaking(error: Error, status = 200): typeof fetch {
  return async () =>
    ({ ok: status < 300, status, json: () => Promise.reject(error) }) as unknown as Response;
}

test("what is given up while its answer is read is given up, and no empty answer", async () => {
  const api = new Api("token", breaking(new DOMException("stopped", "AbortError")));
  await assert.rejects(api.post("/check/", {}), (error) => isAbort(error));
});

test("an answer that breaks off can be asked for again", async () => {
  const api = new Api("token", breaking(new TypeError("network error")));
  await assert.rejects(api.post("/check/", {}), (error) => error instanceof ApiError && error.temporary);
});

test("no content is an answer", async () => {
  const api = new Api("token", breaking(new SyntaxError("empty"), 204));
  assert.deepEqual(await api.post("/skip/", {}), {});
});
