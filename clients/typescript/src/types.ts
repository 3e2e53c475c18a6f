// Names for the models of the generated description.
import type { components } from "./generated/api.js";

type Schemas = components["schemas"];

export type AskEnvelope = Schemas["AskEnvelope"];
export type DeltaPayload = Schemas["DeltaPayload"];
export type ErrorBody = Schemas["ErrorBody"];
export type ErrorDetail = Schemas["ErrorDetail"];
export type FieldPayload = Schemas["FieldPayload"];
export type JobInfo = Schemas["JobInfo"];
export type UasDocument = Schemas["UasDocument"];
export type UasEnvelope = Schemas["UasEnvelope"];
