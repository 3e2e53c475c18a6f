// The events of a document in the making, typed by their name. `error` is thrown as ApiError; what
// has another name is passed over, since a newer server may say more.
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { ApiError, StreamCut, UnexpectedAnswer, errorDetail } from "./errors.js";
import type { DeltaPayload, FieldPayload, UasEnvelope } from "./types.js";

export type StreamEvent =
  /** One value of the document is known. */
  | { event: "field"; data: FieldPayload }
  /** The texts concatenate to the canonical document. */
  | { event: "delta"; data: DeltaPayload }
  /** The answer; nothing comes after it. */
  | { event: "final"; data: UasEnvelope };

/**
 * Every event of a body to the last one.
 *
 * Throws ApiError for the event `error`, StreamCut when the last event does not come, and the reason
 * of the signal when that was aborted.
 */
export async function* streamEvents(
  body: ReadableStream<Uint8Array>,
  signal?: AbortSignal,
): AsyncGenerator<StreamEvent, void, undefined> {
  const messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => messages.push(message) });
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await read(reader, signal);
      if (done) throw new StreamCut();
      parser.feed(decoder.decode(value, { stream: true }));
      for (const message of messages.splice(0)) {
        const event = typed(message);
        if (event === null) continue;
        yield event;
        if (event.event === "final") return;
      }
    }
  } finally {
    // Whoever stops listening early frees the server, too.
    await reader.cancel().catch(() => undefined);
  }
}

async function read(reader: ReadableStreamDefaultReader<Uint8Array>, signal?: AbortSignal) {
  try {
    return await reader.read();
  } catch (error) {
    signal?.throwIfAborted();
    throw new StreamCut({ cause: error });
  }
}

function typed({ event, data }: EventSourceMessage): StreamEvent | null {
  switch (event) {
    case "field":
    case "delta":
    case "final":
      return { event, data: parsed(data) } as StreamEvent;
    case "error": {
      const detail = errorDetail(data);
      if (detail === null) throw new UnexpectedAnswer("an error event without an error body");
      throw new ApiError(detail.message, { detail });
    }
    default:
      return null;
  }
}

function parsed(data: string): object {
  try {
    const payload: unknown = JSON.parse(data);
    if (typeof payload === "object" && payload !== null && !Array.isArray(payload)) return payload;
  } catch (error) {
    throw new UnexpectedAnswer("an event that is no JSON", { cause: error });
  }
  throw new UnexpectedAnswer("an event that is no JSON object");
}
