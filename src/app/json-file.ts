import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import { InputError } from '../base/input-error.ts';
import { JsonPlaces } from '../base/json-places.ts';
import { systemReason } from '../base/system-error.ts';

/** What a JSON file holds, and where. */
export interface PlacedJson<Shape> {
  readonly data: Shape;
  /** Says that what stands at a path is not right. */
  readonly refuse: (path: readonly PropertyKey[], expected: string) => InputError;
}

/** Reads a JSON file of a shape; what is wrong with it is one clear line. */
export function readJsonFile<Shape>(file: string, schema: z.ZodType<Shape>): Shape {
  return readPlacedJson(file, schema).data;
}

/** The same, for whoever has more to ask of what it holds. */
export function readPlacedJson<Shape>(file: string, schema: z.ZodType<Shape>): PlacedJson<Shape> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError(`cannot be read: ${systemReason(error)}`, { file });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const places = new JsonPlaces(text);
    throw new InputError(`expected JSON (${error instanceof Error ? error.message : error})`, {
      file,
      line: places.error === null ? undefined : places.lineAt(places.error),
    });
  }
  const parsed = schema.safeParse(value);
  const refuse = (path: readonly PropertyKey[], expected: string): InputError => {
    const names = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`));
    const place = names.join('').replace(/^\./, '');
    const line = new JsonPlaces(text).lineOf(path);
    return new InputError(`${place === '' ? '' : `${place}: `}${expected}`, { file, line });
  };
  if (parsed.success) return { data: parsed.data, refuse };
  const [issue] = parsed.error.issues;
  throw refuse(issue?.path ?? [], issue?.message.replace(/^Invalid input: /, '') ?? 'expected another shape');
}
