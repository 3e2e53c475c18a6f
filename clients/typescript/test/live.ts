// Talks to a live session and prints what it got as one JSON object.
// Arguments: URL, API key, file of samples at 16 kHz.
import { readFile } from "node:fs/promises";
import { ApiError, type LiveEvent, type LiveOptions, LiveSession, SessionCut } from "uas-audio-client";
import { WebSocket } from "ws";

const [url = "", apiKey = "", file = ""] = process.argv.slice(2);
const samples = new Uint8Array(await readFile(file));
const options: LiveOptions = {
  apiKey,
  WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
};

async function failure(call: Promise<unknown>) {
  try {
    await call;
  } catch (error) {
    if (error instanceof ApiError) return error.code;
    if (error instanceof SessionCut) return error.closeCode;
    throw error;
  }
  return null;
}

function speak(session: LiveSession, audio: Uint8Array<ArrayBuffer>) {
  for (let start = 0; start < audio.length; start += 32_000) {
    session.send(audio.slice(start, start + 32_000));
  }
}

async function heardAll(session: LiveSession) {
  const events: LiveEvent[] = [];
  for await (const event of session.events()) events.push(event);
  return events;
}

async function whole() {
  const session = await LiveSession.open(url, options);
  speak(session, samples);
  session.end();
  return heardAll(session);
}

async function resumed() {
  const first = await LiveSession.open(url, options);
  first.send(samples.slice(0, 32_000));
  const heard: LiveEvent[] = [];
  for await (const event of first.events()) {
    heard.push(event);
    if (event.event === "ack") break;
  }
  const second = await LiveSession.open(url, { ...options, resume: first.point });
  speak(second, samples.slice(second.ready.acknowledged_samples * 2));
  second.end();
  heard.push(...(await heardAll(second)));
  return { heard, first: await failure(heardAll(first)) };
}

async function odd() {
  const session = await LiveSession.open(url, options);
  session.send(Uint8Array.of(1, 2, 3));
  return failure(heardAll(session));
}

console.log(
  JSON.stringify({
    whole: await whole(),
    resumed: await resumed(),
    odd: await odd(),
    badRate: await failure(LiveSession.open(url, { ...options, sampleRateHz: 7 })),
    stranger: await failure(LiveSession.open(url, { ...options, apiKey: "schlüssel" })),
  }),
);
