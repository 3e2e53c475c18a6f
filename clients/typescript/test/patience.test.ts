// When the client tries again, how it waits for jobs, and what it makes of odd answers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, JobFailed, JobUnfinished, UasClient, UnexpectedAnswer } from "uas-audio-client";
import { CLIP, ENVELOPE, FULL, busy, job, scripted } from "./support.js";

test("a busy server is asked again when it said, with the same clip", async () => {
  const { requests, waits, options } = scripted(
    busy(503, "2"),
    busy(429, "7"),
    Response.json(ENVELOPE),
  );
  await new UasClient("http://test", options).describe(CLIP);
  assert.deepEqual(waits, [2, 7]);
  for (const request of requests) {
    const file = (await request.formData()).get("file") as File;
    assert.equal(await file.text(), "audio");
  }
});

for (const [status, retryAfter] of [
  [503, undefined],
  [503, "Wed, 21 Oct 2026 07:28:00 GMT"],
  [503, "31"],
  [500, "1"],
  [504, "1"],
  [400, "1"],
] as const) {
  test(`${status} with Retry-After ${retryAfter} is not tried again`, async () => {
    const { waits, options } = scripted(busy(status, retryAfter));
    await assert.rejects(new UasClient("http://test", options).describe(CLIP), (error) => {
      assert.ok(error instanceof ApiError);
      assert.deepEqual([error.status, error.code], [status, "server_full"]);
      return true;
    });
    assert.deepEqual(waits, []);
  });
}

test("after so many tries the error is thrown", async () => {
  const { waits, options } = scripted(busy(503, "1"), busy(503, "1"));
  const client = new UasClient("http://test", {
    ...options,
    retries: { tries: 2, longestWaitS: 9 },
  });
  await assert.rejects(client.describe(CLIP), ApiError);
  assert.deepEqual(waits, [1]);
});

for (const body of ["<html>Bad gateway", "{}", '{"error":7}', "null"]) {
  test(`a 502 with ${body} has its status alone`, async () => {
    const { options } = scripted(new Response(body, { status: 502 }));
    await assert.rejects(new UasClient("http://test", options).describe(CLIP), (error) => {
      assert.ok(error instanceof ApiError);
      assert.deepEqual([error.status, error.code], [502, null]);
      return true;
    });
  });
}

for (const body of ["<html>Welcome", "null"]) {
  test(`a success with ${body} is told apart`, async () => {
    const { options } = scripted(new Response(body));
    await assert.rejects(new UasClient("http://test", options).describe(CLIP), UnexpectedAnswer);
  });
}

test("a job is asked for less and less often", async () => {
  const running = () => Response.json(job());
  const { waits, options } = scripted(
    running(),
    running(),
    running(),
    Response.json(job({ status: "succeeded" })),
    Response.json(ENVELOPE),
  );
  const seen: number[] = [];
  await new UasClient("http://test", options).waitForJob("a", {
    onProgress: ({ progress }) => seen.push(progress),
  });
  assert.deepEqual(waits, [0.5, 0.75, 1.125]);
  assert.equal(seen.length, 4);
});

test("a job that takes too long goes on", async () => {
  const { waits, options } = scripted(...[1, 2, 3].map(() => Response.json(job())));
  const client = new UasClient("http://test", options);
  await assert.rejects(client.waitForJob("a", { withinS: 1 }), JobUnfinished);
  assert.deepEqual(waits, [0.5, 0.5]);
});

test("a job that failed or was cancelled says why", async () => {
  const { options } = scripted(
    Response.json(job({ status: "failed", error: FULL.error })),
    Response.json(job({ status: "cancelled" })),
  );
  const client = new UasClient("http://test", options);
  await assert.rejects(client.waitForJob("a"), { name: "JobFailed", message: FULL.error.message });
  await assert.rejects(client.waitForJob("a"), JobFailed);
});

test("every page of jobs is listed", async () => {
  const { requests, options } = scripted(
    Response.json({ object: "list", data: [job({ id: "c" }), job({ id: "b" })], next_cursor: "x" }),
    Response.json({ object: "list", data: [job()], next_cursor: null }),
  );
  const ids: string[] = [];
  for await (const { id } of new UasClient("http://test", options).jobs()) ids.push(id);
  assert.deepEqual(ids, ["c", "b", "a"]);
  assert.match(requests[1]?.url ?? "", /cursor=x/);
});

test("an aborted signal ends the wait for a busy server", async () => {
  const { options } = scripted(busy(503, "5"));
  const { sleep: _, ...real } = options;
  const stop = new AbortController();
  const call = new UasClient("http://test", real).describe(CLIP, { signal: stop.signal });
  setImmediate(() => stop.abort(new Error("enough")));
  await assert.rejects(call, { message: "enough" });
});
