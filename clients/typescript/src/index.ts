// Client of uas-audio: documents of audio clips, as answers, events, jobs and live sessions.
export {
  type AskOptions,
  type CallOptions,
  type ClientOptions,
  type DescribeOptions,
  type JobOptions,
  type ResultFormat,
  UasClient,
  type WaitOptions,
} from "./client.js";
export {
  ApiError,
  JobFailed,
  JobUnfinished,
  type ResumePoint,
  SessionCut,
  StreamCut,
  UasError,
  UnexpectedAnswer,
} from "./errors.js";
export { type StreamEvent, streamEvents } from "./events.js";
export type { Clip } from "./form.js";
export type { components, operations, paths } from "./generated/api.js";
export { type LiveEvent, type LiveOptions, LiveSession } from "./live.js";
export type { RetryPolicy, Sleep } from "./retries.js";
export type * from "./types.js";
