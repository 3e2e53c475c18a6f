// Forms that clips are sent in.

/** A file in a format that the server knows; it tells the format by the content. */
export type Clip = Blob | BufferSource;

type Value = Blob | string | number | boolean | readonly string[] | null | undefined;

/** The clip as a part of a form. */
export function blobOf(clip: Clip): Blob {
  return clip instanceof Blob ? clip : new Blob([clip]);
}

/** A form with these fields; null and undefined are left out, lists repeat their name. */
export function formOf(fields: object): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields) as [string, Value][]) {
    if (value === null || value === undefined) continue;
    if (value instanceof Blob) form.append(name, value, "clip");
    else if (typeof value === "object") for (const item of value) form.append(name, item);
    else form.append(name, String(value));
  }
  return form;
}
