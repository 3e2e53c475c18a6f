// Streams raw samples to a live session and prints the documents as they come.
//
//     node live.js recording.pcm http://127.0.0.1:8000
//
// The file is 16 bit, little-endian, mono, 16 kHz. A key is read from UAS_API_KEY. Node 22 and
// browsers have a WebSocket; for Node 20 this takes that of `ws`.
import { readFile } from "node:fs/promises";
import { LiveSession } from "uas-audio-client";
import { WebSocket } from "ws";

const [file = "", url = ""] = process.argv.slice(2);
const apiKey = process.env["UAS_API_KEY"];
const samples = new Uint8Array(await readFile(file));
const MESSAGE_BYTES = 3200;

const session = await LiveSession.open(url, {
  ...(apiKey && { apiKey }),
  WebSocket: WebSocket as unknown as typeof globalThis.WebSocket,
});
for (let start = 0; start < samples.length; start += MESSAGE_BYTES) {
  session.send(samples.slice(start, start + MESSAGE_BYTES));
}
session.end();
for await (const event of session.events()) {
  if (event.event !== "final") continue;
  const { start_s, end_s } = event.segment;
  console.log(`${start_s.toFixed(2)} to ${end_s.toFixed(2)} s: ${event.data.uas.transcription}`);
}
