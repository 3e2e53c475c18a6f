// Prints the document of a clip and the answer to a question about it.
//
//     node describe.js clip.flac http://127.0.0.1:8000
//
// A key is read from UAS_API_KEY.
import { readFile } from "node:fs/promises";
import { ApiError, UasClient } from "uas-audio-client";

const [file = "", url = ""] = process.argv.slice(2);
const apiKey = process.env["UAS_API_KEY"];
const client = new UasClient(url, apiKey ? { apiKey } : {});
const clip = new Blob([new Uint8Array(await readFile(file))]);

try {
  const answer = await client.describe(clip, { words: true });
  const speaks = await client.ask(clip, "Does somebody speak?", { yesNo: true });
  console.log(JSON.stringify(answer.uas, null, 2));
  console.log(`somebody speaks: ${speaks.value}, in ${answer.usage.audio_s} s of audio`);
} catch (error) {
  if (!(error instanceof ApiError)) throw error;
  console.error(`${error.code}: ${error.message} (${error.requestId})`);
  process.exitCode = 1;
}
