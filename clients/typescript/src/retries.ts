// When a call is tried again: the server was full or over the key's quota, and said until when. Both
// are told before any work is done, so nothing is ever done twice.
import { ApiError } from "./errors.js";

/** Waits this many seconds, or rejects when the signal is aborted. */
export type Sleep = (seconds: number, signal?: AbortSignal) => Promise<void>;

export interface RetryPolicy {
  /** Calls in all; 1 tries nothing again. */
  readonly tries: number;
  /** When the server asks for a longer wait than this, the error is thrown. */
  readonly longestWaitS: number;
}

export const DEFAULT_RETRIES: RetryPolicy = { tries: 3, longestWaitS: 30 };

export const sleep: Sleep = (seconds, signal) =>
  new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason as Error);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    signal?.addEventListener("abort", stop, { once: true });
  });

/** Calls, and calls again as long as the policy says. */
export async function retrying<T>(
  call: () => Promise<T>,
  policy: RetryPolicy,
  wait: Sleep,
  signal?: AbortSignal,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return await call();
    } catch (error) {
      const seconds = waitS(error, policy, tried);
      if (seconds === null) throw error;
      await wait(seconds, signal);
    }
  }
}

function waitS(error: unknown, policy: RetryPolicy, tried: number): number | null {
  if (!(error instanceof ApiError) || tried >= policy.tries) return null;
  if (error.status !== 429 && error.status !== 503) return null;
  if (error.retryAfterS === null || error.retryAfterS > policy.longestWaitS) return null;
  return error.retryAfterS;
}
