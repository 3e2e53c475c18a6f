// Calls a live server and prints what it got as one JSON object.
// Arguments: URL, API key, file of the clip.
import { readFile } from "node:fs/promises";
import { ApiError, UasClient } from "uas-audio-client";

const [url = "", apiKey = "", file = ""] = process.argv.slice(2);
const client = new UasClient(url, { apiKey });
const clip = new Uint8Array(await readFile(file));

async function failure(call: Promise<unknown>) {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { status, code, param, requestId } = error;
    return { status, code, param, hasRequestId: requestId !== null };
  }
  return null;
}

async function streamed() {
  const events = [];
  for await (const event of client.describeStream(clip, { words: true })) events.push(event);
  return events;
}

async function stoppedEarly() {
  for await (const { event } of client.describeStream(clip)) return event;
  return null;
}

async function jobOf() {
  const submitted = await client.submitJob(clip, { idempotencyKey: "once-ts" });
  const result = await client.waitForJob(submitted.id);
  const vtt = await client.jobResultText(submitted.id, "vtt");
  const ids = [];
  for await (const { id } of client.jobs()) ids.push(id);
  await client.deleteJob(submitted.id);
  return {
    transcription: result.uas.transcription,
    vtt,
    isListed: ids.includes(submitted.id),
    afterDeletion: await failure(client.job(submitted.id)),
  };
}

const schema = {
  type: "object",
  properties: { mood: { type: "string" }, count: { type: "integer" } },
};

console.log(
  JSON.stringify({
    described: await client.describe(clip, { maxTokens: 300 }),
    streamed: await streamed(),
    stoppedEarly: await stoppedEarly(),
    free: (await client.ask(clip, "What is heard?")).answer,
    yesNo: (await client.ask(clip, "Is it so?", { yesNo: true })).value,
    choice: (await client.ask(clip, "Which?", { choices: ["a dog", "a cat"] })).answer,
    json: (await client.ask(clip, "How?", { schema })).value,
    job: await jobOf(),
    refused: await failure(client.describe(clip, { maxTokens: 0 })),
    noAudio: await failure(client.describeStream(new Blob(["no audio"])).next()),
    stranger: await failure(new UasClient(url, { apiKey: "x" }).api.GET("/v1/limits")),
    model: (await client.api.GET("/v1/models")).data?.data[0]?.id,
  }),
);
