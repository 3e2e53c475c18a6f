// Events are read right however the bytes arrive; what is no whole stream is a typed error.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  ApiError,
  StreamCut,
  type StreamEvent,
  UasClient,
  UnexpectedAnswer,
  streamEvents,
} from "uas-audio-client";
import { CLIP, ENVELOPE, FINAL, FULL, bodyOf, frame, scripted } from "./support.js";

const bytes = (text: string) => new TextEncoder().encode(text);

async function heard(chunks: Iterable<Uint8Array<ArrayBuffer>>, error?: Error) {
  const events: StreamEvent[] = [];
  for await (const event of streamEvents(bodyOf(chunks, error))) events.push(event);
  return events;
}

const text = fc.string({ unit: "binary" });
const payload = fc.oneof(
  fc.record({ event: fc.constant("field" as const), data: fc.record({ path: text, value: text }) }),
  fc.record({ event: fc.constant("delta" as const), data: fc.record({ text }) }),
);

test("events are the same for any chunks, line ends, comments and unknown names", async () => {
  const parts = fc.array(fc.tuple(payload, fc.boolean(), fc.nat(3)), { maxLength: 5 });
  const ends = fc.constantFrom("\n", "\r\n", "\r");
  const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(parts, ends, cuts, async (said, end, shares) => {
      const between = ["", `: a comment${end}`, end, frame("newer", "x", end)];
      const frames = said.map(([{ event, data }, isIndented, kind]) => {
        const json = JSON.stringify(data, null, isIndented ? 1 : 0);
        return between[kind] + frame(event, json, end);
      });
      // A carriage return alone ends a line once more has come: a line feed might have followed.
      const last = frame("final", JSON.stringify(ENVELOPE), end) + (end === "\r" ? ":\n" : "");
      const whole = bytes(frames.join("") + last);
      const edges = [0, ...shares.map((share) => Math.floor(share * whole.length)), whole.length];
      edges.sort((a, b) => a - b);
      const chunks = edges.slice(1).map((edge, at) => whole.slice(edges[at], edge));
      const expected = [...said.map(([event]) => event), { event: "final", data: ENVELOPE }];
      assert.deepEqual(JSON.stringify(await heard(chunks)), JSON.stringify(expected));
    }),
    { numRuns: 200, seed: 1 },
  );
});

test("a character cut in half and line separators in JSON arrive whole", async () => {
  const whole = bytes(frame("delta", '{"text":"\u2028ü\u{1f600}\u0085"}') + FINAL);
  const [event] = await heard([...whole].map((byte) => Uint8Array.of(byte)));
  assert.deepEqual(event, { event: "delta", data: { text: "\u2028ü\u{1f600}\u0085" } });
});

const delta = frame("delta", '{"text":"{"}');

for (const [name, chunks, error] of [
  ["ended", [bytes(delta)], undefined],
  ["broken", [bytes(delta)], new TypeError("terminated")],
  ["unfinished", [bytes(FINAL.slice(0, -2))], undefined],
  ["empty", [], undefined],
] as const) {
  test(`a stream that was ${name} lacks its last event`, async () => {
    await assert.rejects(heard(chunks, error), StreamCut);
  });
}

test("nothing is read behind the last event", async () => {
  assert.equal((await heard([bytes(FINAL)], new TypeError("terminated"))).length, 1);
});

test("an error in the middle is thrown behind what came before", async () => {
  const events = streamEvents(bodyOf([bytes(delta + frame("error", JSON.stringify(FULL)))]));
  assert.equal((await events.next()).value?.event, "delta");
  await assert.rejects(events.next(), (error) => {
    assert.ok(error instanceof ApiError);
    assert.deepEqual([error.code, error.status], ["server_full", null]);
    return true;
  });
});

for (const data of ["no json", "[]", "7", "null"]) {
  test(`a payload that is ${data} is told apart`, async () => {
    await assert.rejects(heard([bytes(frame("final", data))]), UnexpectedAnswer);
  });
}

test("who stops listening closes the body", async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(bytes(delta)),
    cancel: () => {
      cancelled = true;
    },
  });
  for await (const _ of streamEvents(body)) break;
  assert.ok(cancelled);
});

test("an answer that is no stream is told apart", async () => {
  const { options } = scripted(new Response("<html>", { headers: { "Content-Type": "text/html" } }));
  const events = new UasClient("http://test", options).describeStream(CLIP);
  await assert.rejects(events.next(), UnexpectedAnswer);
});
