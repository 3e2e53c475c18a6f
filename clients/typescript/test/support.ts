// Scripted answers, and what they are made of.
import type { ClientOptions, ErrorBody, JobInfo, UasEnvelope } from "uas-audio-client";

export const ENVELOPE: UasEnvelope = {
  id: "5f1c6f0c8a4b4a53a3d1c0e3f2b7a9d4",
  model: "fake-model",
  uas: {
    transcription: "Hello there.",
    paralinguistics: {
      age: "Adult",
      gender: "Female",
      emotion: "Neutral",
      accent: null,
      prosody: null,
      timbre: null,
    },
    nonLinguisticEvents: { description: null, discreteEvents: [], continuousEvents: [] },
  },
  confidence: {},
  truncated: false,
  incomplete: [],
  segments: [],
  usage: {
    audio_s: 1,
    prompt_tokens: 1,
    prefill_tokens: 1,
    sampled_tokens: 1,
    forced_tokens: 1,
  },
  timings: { total_s: 1 },
};

export const FULL: ErrorBody = {
  error: {
    message: "All places are taken.",
    type: "server_full_error",
    param: null,
    code: "server_full",
    request_id: "req_1",
  },
};

export const CLIP = new Blob(["audio"]);

/** A job that runs, with these changes. */
export function job(changes: Partial<JobInfo> = {}): JobInfo {
  return {
    id: "a",
    object: "job",
    status: "running",
    progress: 0.25,
    audio_s: 9,
    created_at: 1,
    started_at: null,
    ended_at: null,
    expires_at: null,
    webhook_url: null,
    error: null,
    ...changes,
  };
}

export function busy(status: number, retryAfter?: string): Response {
  const headers = retryAfter === undefined ? {} : { "Retry-After": retryAfter };
  return Response.json(FULL, { status, headers });
}

/** Options of a client that gets these answers; keeps what was sent and how long it waited. */
export function scripted(...answers: Response[]) {
  const requests: Request[] = [];
  const waits: number[] = [];
  const options = {
    fetch: (request: Request) => {
      requests.push(request);
      const answer = answers.shift();
      return answer ? Promise.resolve(answer) : Promise.reject(new Error("no answer left"));
    },
    sleep: (seconds: number) => {
      waits.push(seconds);
      return Promise.resolve();
    },
  } satisfies ClientOptions;
  return { requests, waits, options };
}

/** A body in these chunks, then the error, if there is one. */
export function bodyOf(chunks: Iterable<Uint8Array<ArrayBuffer>>, error?: Error) {
  const iterator = chunks[Symbol.iterator]();
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const { done, value } = iterator.next();
      if (!done) controller.enqueue(value);
      else if (error) controller.error(error);
      else controller.close();
    },
  });
}

export function frame(name: string, data: string, end = "\n"): string {
  const lines = data.split("\n").map((line) => `data: ${line}${end}`);
  return `event: ${name}${end}${lines.join("")}${end}`;
}

export const FINAL = frame("final", JSON.stringify(ENVELOPE));
