// Has a long recording described in the background and prints it as subtitles.
//
//     node job.js recording.flac http://127.0.0.1:8000
//
// A key is read from UAS_API_KEY.
import { readFile } from "node:fs/promises";
import { JobFailed, UasClient } from "uas-audio-client";

const [file = "", url = ""] = process.argv.slice(2);
const apiKey = process.env["UAS_API_KEY"];
const client = new UasClient(url, apiKey ? { apiKey } : {});
const recording = new Blob([new Uint8Array(await readFile(file))]);

const { id } = await client.submitJob(recording, { words: true });
try {
  await client.waitForJob(id, {
    onProgress: ({ status, progress }) => console.log(`${status}, ${Math.round(100 * progress)}%`),
  });
  console.log(await client.jobResultText(id, "srt"));
  await client.deleteJob(id);
} catch (error) {
  if (!(error instanceof JobFailed)) throw error;
  console.error(`no result: ${error.message}`);
  process.exitCode = 1;
}
