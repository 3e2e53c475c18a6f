// How a job is waited for: longer and longer pauses between questions, up to a bound.
import { JobFailed } from "./errors.js";
import type { JobInfo } from "./types.js";

const FIRST_S = 0.5;
const LONGEST_S = 15;
const GROWTH = 1.5;

/** Seconds between two questions: 0.5, then half as much more, at most 15; `withinS` in all. */
export function* pausesS(withinS: number): Generator<number, void, undefined> {
  let leftS = withinS;
  for (let pauseS = FIRST_S; leftS > 0; pauseS = Math.min(pauseS * GROWTH, LONGEST_S)) {
    yield Math.min(pauseS, leftS);
    leftS -= pauseS;
  }
}

/** Whether there is a result. Throws JobFailed when there will never be one. */
export function hasSucceeded(job: JobInfo): boolean {
  if (job.status === "failed" || job.status === "cancelled") throw new JobFailed(job);
  return job.status === "succeeded";
}
