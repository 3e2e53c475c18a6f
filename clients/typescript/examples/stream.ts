// Prints what is known of a clip as soon as it is.
//
//     node stream.js clip.flac http://127.0.0.1:8000
//
// A key is read from UAS_API_KEY.
import { readFile } from "node:fs/promises";
import { UasClient } from "uas-audio-client";

const [file = "", url = ""] = process.argv.slice(2);
const apiKey = process.env["UAS_API_KEY"];
const client = new UasClient(url, apiKey ? { apiKey } : {});
const clip = new Blob([new Uint8Array(await readFile(file))]);

let text = "";
for await (const { event, data } of client.describeStream(clip)) {
  if (event === "field") console.log(`${data.path}: ${JSON.stringify(data.value)}`);
  else if (event === "delta") text += data.text;
  else console.log(`${text.length} characters in ${data.timings.total_s} s`);
}
