// Calls the server with the official SDK for Node and prints what it got as one JSON object.
// Arguments: base URL, API key, name of the model, file of the clip.
import { createReadStream, readFileSync } from "node:fs";
import OpenAI from "openai";

const [baseURL, apiKey, model, file] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });

async function transcribed() {
  const formats = {};
  for (const format of ["json", "text", "verbose_json", "srt", "vtt"]) {
    formats[format] = await client.audio.transcriptions.create({
      file: createReadStream(file),
      model,
      response_format: format,
      ...(format === "verbose_json" ? { timestamp_granularities: ["word", "segment"] } : {}),
    });
  }
  return formats;
}

async function transcriptStream() {
  const events = [];
  const stream = await client.audio.transcriptions.create({
    file: createReadStream(file),
    model,
    stream: true,
  });
  for await (const event of stream) events.push(event);
  return events;
}

const clip = {
  type: "input_audio",
  input_audio: { data: readFileSync(file).toString("base64"), format: "wav" },
};
const question = { type: "text", text: "Which mood?" };

function chat(content, options = {}) {
  return client.chat.completions.create({
    model,
    messages: [{ role: "user", content }],
    ...options,
  });
}

async function chatStream() {
  let text = "";
  let usage = null;
  const options = { stream: true, stream_options: { include_usage: true } };
  for await (const chunk of await chat([question, clip], options)) {
    text += chunk.choices[0]?.delta.content ?? "";
    usage = chunk.usage ?? usage;
  }
  return { text, usage };
}

async function structured() {
  const schema = {
    type: "object",
    properties: { mood: { enum: ["calm", "tense"] }, count: { type: "integer" } },
    required: ["mood", "count"],
    additionalProperties: false,
  };
  const answer = await client.chat.completions.parse({
    model,
    messages: [{ role: "user", content: [question, clip] }],
    response_format: { type: "json_schema", json_schema: { name: "mood", strict: true, schema } },
  });
  return JSON.parse(answer.choices[0].message.content);
}

async function refused() {
  try {
    await chat([question, clip], { n: 2 });
  } catch (error) {
    const { name } = error.constructor;
    return { name, status: error.status, code: error.code, param: error.param };
  }
}

console.log(
  JSON.stringify({
    transcriptions: await transcribed(),
    transcriptStream: await transcriptStream(),
    chat: (await chat([question, clip])).choices[0].message.content,
    document: JSON.parse((await chat([clip])).choices[0].message.content),
    chatStream: await chatStream(),
    structured: await structured(),
    refused: await refused(),
  }),
);
