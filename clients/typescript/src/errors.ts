// What can go wrong. Before there is an answer, failures of the connection are those of fetch.
//
//   UasError
//   ├── ApiError            the server refused or failed: status, code, param, requestId
//   ├── UnexpectedAnswer    what came is no answer of a uas-audio server
//   ├── StreamCut           events ended before the last one
//   ├── SessionCut          a live session's connection broke: point, closeCode
//   ├── JobFailed           a job has no result: job
//   └── JobUnfinished       a job did not end in time: job
import type { ErrorBody, ErrorDetail, JobInfo } from "./types.js";

/** Root of this package's errors. */
export class UasError extends Error {
  override readonly name: string = "UasError";
}

/** The server refused or failed. */
export class ApiError extends UasError {
  override readonly name = "ApiError";
  /** HTTP status; null for an event of a stream that had begun. */
  readonly status: number | null;
  /** Stable name of what is wrong, for programs; null when something in between answered. */
  readonly code: string | null;
  /** Family of the failure. */
  readonly type: ErrorDetail["type"] | null;
  /** The parameter that is at fault, when there is one. */
  readonly param: string | null;
  /** What the server's log calls the request. */
  readonly requestId: string | null;
  /** Seconds after which to try again, when the server said so. */
  readonly retryAfterS: number | null;

  constructor(
    message: string,
    given: {
      status?: number;
      detail?: ErrorDetail;
      requestId?: string | null;
      retryAfterS?: number | null;
    },
  ) {
    super(message);
    this.status = given.status ?? null;
    this.code = given.detail?.code ?? null;
    this.type = given.detail?.type ?? null;
    this.param = given.detail?.param ?? null;
    this.requestId = given.detail?.request_id ?? given.requestId ?? null;
    this.retryAfterS = given.retryAfterS ?? null;
  }
}

/** What came is no answer of a uas-audio server. */
export class UnexpectedAnswer extends UasError {
  override readonly name = "UnexpectedAnswer";
}

/** The events ended, or the connection broke, before the last event. */
export class StreamCut extends UasError {
  override readonly name = "StreamCut";

  constructor(options?: ErrorOptions) {
    super("the stream ended before its last event; send the clip again", options);
  }
}

/** From where a live session can go on. */
export interface ResumePoint {
  readonly resumeToken: string;
  /** Number of the last event that arrived; 0 is none. */
  readonly lastNumber: number;
}

/**
 * The connection of a live session ended before `done`, or did not open. Browsers tell no reason for
 * the second: the close code is 1006 and `point` that of the options, or null.
 */
export class SessionCut extends UasError {
  override readonly name = "SessionCut";

  constructor(
    readonly point: ResumePoint | null,
    readonly closeCode: number,
  ) {
    super(`the connection ended with code ${closeCode}`);
  }
}

/** The job failed or was cancelled; `job.error` says why one failed. */
export class JobFailed extends UasError {
  override readonly name = "JobFailed";

  constructor(readonly job: JobInfo) {
    super(job.error?.message ?? `job ${job.id} was cancelled`);
  }
}

/** The job has not ended in the time that was given; it goes on. */
export class JobUnfinished extends UasError {
  override readonly name = "JobUnfinished";

  constructor(readonly job: JobInfo) {
    super(`job ${job.id} is ${job.status}, ${Math.round(100 * job.progress)}% done; it goes on`);
  }
}

/** The error that the text of an error body describes; null when it is none. */
export function errorDetail(text: string): ErrorDetail | null {
  try {
    const detail = (JSON.parse(text) as Partial<ErrorBody> | null)?.error;
    return typeof detail?.code === "string" && typeof detail.message === "string" ? detail : null;
  } catch {
    return null;
  }
}

/** The error of an answer that is not a success. */
export async function refused(answer: Response): Promise<ApiError> {
  const detail = errorDetail(await answer.text());
  const wait = answer.headers.get("Retry-After") ?? "";
  return new ApiError(
    detail?.message ?? `HTTP status ${answer.status}, without an error body of uas-audio`,
    {
      status: answer.status,
      ...(detail && { detail }),
      requestId: answer.headers.get("X-Request-Id"),
      retryAfterS: /^\d+$/.test(wait) ? Number(wait) : null,
    },
  );
}
