// Calls a uas-audio server, from Node or a browser. It knows the calls that take a clip, and jobs;
// for everything else there is `client.api`, which is openapi-fetch with the generated types.
import createClient, { type Client } from "openapi-fetch";
import { JobUnfinished, UnexpectedAnswer, refused } from "./errors.js";
import { type StreamEvent, streamEvents } from "./events.js";
import { type Clip, blobOf, formOf } from "./form.js";
import type { operations, paths } from "./generated/api.js";
import { DEFAULT_RETRIES, type RetryPolicy, type Sleep, retrying, sleep } from "./retries.js";
import type { AskEnvelope, JobInfo, UasEnvelope } from "./types.js";
import { hasSucceeded, pausesS } from "./waiting.js";

export interface ClientOptions {
  /** Needed where the server has keys. */
  apiKey?: string;
  /**
   * Milliseconds for a call, streams included. The server answers within its own deadline, 120 s if
   * not set otherwise.
   */
  timeoutMs?: number;
  /** When a busy server is asked again. */
  retries?: RetryPolicy;
  /** What sends the requests. */
  fetch?: (request: Request) => Promise<Response>;
  /** How the client waits, for retries and jobs. */
  sleep?: Sleep;
}

export interface CallOptions {
  /** Ends the call when it is aborted. */
  signal?: AbortSignal;
}

export interface DescribeOptions extends CallOptions {
  maxTokens?: number;
  words?: boolean;
}

export interface AskOptions extends CallOptions {
  /** The answer is one of these. */
  choices?: readonly string[];
  /** The answer is yes or no; `value` is true or false. */
  yesNo?: boolean;
  /** `value` is valid against this JSON Schema. */
  schema?: object;
  maxTokens?: number;
}

export interface JobOptions extends DescribeOptions {
  webhookUrl?: string;
  /** With it the call may be made again after a failure: it gives the same job. */
  idempotencyKey?: string;
}

export interface WaitOptions extends CallOptions {
  /** Seconds of waiting, in all. */
  withinS?: number;
  onProgress?: (job: JobInfo) => void;
}

export type ResultFormat = NonNullable<
  NonNullable<operations["get_job_result"]["parameters"]["query"]>["format"]
>;

/**
 * Calls throw ApiError when the server refuses or fails, UnexpectedAnswer when the answer is no
 * answer of it, and what fetch throws when there is none.
 */
export class UasClient {
  /** Every operation of openapi.yaml; failures are thrown, so `error` is never set. */
  readonly api: Client<paths, "application/json">;
  readonly #timeoutMs: number;
  readonly #retries: RetryPolicy;
  readonly #sleep: Sleep;

  constructor(baseUrl: string, options: ClientOptions = {}) {
    this.#timeoutMs = options.timeoutMs ?? 150_000;
    this.#retries = options.retries ?? DEFAULT_RETRIES;
    this.#sleep = options.sleep ?? sleep;
    this.api = createClient<paths, "application/json">({
      baseUrl,
      ...(options.fetch && { fetch: options.fetch }),
      ...(options.apiKey && { headers: { Authorization: `Bearer ${options.apiKey}` } }),
    });
    this.api.use({
      async onResponse({ response }) {
        if (!response.ok) throw await refused(response);
      },
    });
  }

  /** Describes what was said in a clip, how it was said, and what else was heard. */
  async describe(clip: Clip, options: DescribeOptions = {}): Promise<UasEnvelope> {
    const body = describeBody(clip, options, false);
    return this.#call(options, (signal) =>
      this.api.POST("/v1/uas", { body, bodySerializer: formOf, signal }),
    );
  }

  /** Describes a clip and gives what is known as soon as it is; the last event is `final`. */
  async *describeStream(
    clip: Clip,
    options: DescribeOptions = {},
  ): AsyncGenerator<StreamEvent, void, undefined> {
    const body = describeBody(clip, options, true);
    const signal = this.#deadline(options.signal);
    const stream = await this.#retrying(options, () =>
      this.api.POST("/v1/uas", { body, bodySerializer: formOf, signal, parseAs: "stream" }),
    );
    if (!stream.response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
      throw new UnexpectedAnswer("the answer is no stream of events");
    }
    yield* streamEvents(known(stream.data), signal);
  }

  /** Asks about a clip: for free text, or one of `choices`, yes or no, or JSON of a `schema`. */
  async ask(clip: Clip, question: string, options: AskOptions = {}): Promise<AskEnvelope> {
    const body = {
      file: blobOf(clip),
      question,
      ...(options.choices && { choices: [...options.choices] }),
      ...(options.yesNo !== undefined && { yes_no: options.yesNo }),
      ...(options.schema && { schema: JSON.stringify(options.schema) }),
      ...(options.maxTokens !== undefined && { max_tokens: options.maxTokens }),
    };
    return this.#call(options, (signal) =>
      this.api.POST("/v1/ask", { body, bodySerializer: formOf, signal }),
    );
  }

  /** Has a recording described in the background. */
  async submitJob(clip: Clip, options: JobOptions = {}): Promise<JobInfo> {
    const body = {
      file: blobOf(clip),
      ...spoken(options),
      ...(options.webhookUrl && { webhook_url: options.webhookUrl }),
    };
    const header = options.idempotencyKey ? { "Idempotency-Key": options.idempotencyKey } : {};
    return this.#call(options, (signal) =>
      this.api.POST("/v1/jobs", { body, bodySerializer: formOf, signal, params: { header } }),
    );
  }

  /** How far a job is. */
  async job(jobId: string, options: CallOptions = {}): Promise<JobInfo> {
    const params = { path: { job_id: jobId } };
    return this.#call(options, (signal) => this.api.GET("/v1/jobs/{job_id}", { params, signal }));
  }

  /** Every job of this key, newest first. */
  async *jobs(options: CallOptions = {}): AsyncGenerator<JobInfo, void, undefined> {
    let cursor: string | null = null;
    do {
      const params: { query: { cursor?: string } } = { query: cursor === null ? {} : { cursor } };
      const page: { data: JobInfo[]; next_cursor: string | null } = await this.#call(
        options,
        (signal) => this.api.GET("/v1/jobs", { params, signal }),
      );
      yield* page.data;
      cursor = page.next_cursor;
    } while (cursor !== null);
  }

  /**
   * Waits for a job, asks how far it is now and then, and gives its result.
   *
   * Throws JobFailed when it failed or was cancelled, JobUnfinished after `withinS` of waiting.
   */
  async waitForJob(jobId: string, options: WaitOptions = {}): Promise<UasEnvelope> {
    const pauses = pausesS(options.withinS ?? 3600);
    for (;;) {
      const job = await this.job(jobId, options);
      options.onProgress?.(job);
      if (hasSucceeded(job)) return this.jobResult(jobId, options);
      const pause = pauses.next();
      if (pause.done) throw new JobUnfinished(job);
      await this.#sleep(pause.value, options.signal);
    }
  }

  /** The result of a job that succeeded. */
  async jobResult(jobId: string, options: CallOptions = {}): Promise<UasEnvelope> {
    const params = { path: { job_id: jobId } };
    return this.#call(options, (signal) =>
      this.api.GET("/v1/jobs/{job_id}/result", { params, signal }),
    );
  }

  /** The result in another format, such as `srt`, `vtt` or `csv`. */
  async jobResultText(
    jobId: string,
    format: ResultFormat,
    options: CallOptions = {},
  ): Promise<string> {
    const params = { path: { job_id: jobId }, query: { format } };
    return this.#call(options, (signal) =>
      this.api.GET("/v1/jobs/{job_id}/result", { params, signal, parseAs: "text" }),
    );
  }

  /** Cancels a job that waits or runs; removes one that has ended. */
  async deleteJob(jobId: string, options: CallOptions = {}): Promise<void> {
    const params = { path: { job_id: jobId } };
    await this.#retrying(options, () =>
      this.api.DELETE("/v1/jobs/{job_id}", { params, signal: this.#deadline(options.signal) }),
    );
  }

  async #call<T>(
    options: CallOptions,
    call: (signal: AbortSignal) => Promise<{ data?: T }>,
  ): Promise<T> {
    try {
      const { data } = await this.#retrying(options, () => call(this.#deadline(options.signal)));
      return known(data);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new UnexpectedAnswer("the answer is no JSON; is this a uas-audio server?", {
        cause: error,
      });
    }
  }

  #retrying<T>(options: CallOptions, call: () => Promise<T>): Promise<T> {
    return retrying(call, this.#retries, this.#sleep, options.signal);
  }

  #deadline(signal?: AbortSignal): AbortSignal {
    const timeout = AbortSignal.timeout(this.#timeoutMs);
    return signal ? AbortSignal.any([signal, timeout]) : timeout;
  }
}

function describeBody(clip: Clip, options: DescribeOptions, stream: boolean) {
  return { file: blobOf(clip), ...spoken(options), stream };
}

function spoken(options: DescribeOptions) {
  return {
    ...(options.maxTokens !== undefined && { max_tokens: options.maxTokens }),
    ...(options.words !== undefined && { words: options.words }),
  };
}

function known<T>(data: T | undefined | null): T {
  if (data === undefined || data === null) throw new UnexpectedAnswer("the answer is empty");
  return data;
}
