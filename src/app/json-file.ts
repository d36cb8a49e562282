import { readFileSync } from 'node:fs';
import type * as z from 'zod';
import { InputError } from '../base/input-error.ts';

/** Reads a JSON file of a shape; what is wrong with it is one clear line. */
export function readJsonFile<Shape>(file: string, schema: z.ZodType<Shape>): Shape {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new InputError(`cannot be read (${error instanceof Error ? error.message : error})`, { file });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new InputError(`expected JSON (${error instanceof Error ? error.message : error})`, { file });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = (issue?.path ?? []).map((part) =>
    typeof part === 'number' ? `[${part}]` : `.${String(part)}`,
  );
  const place = path.join('').replace(/^\./, '');
  throw new InputError(`${place === '' ? '' : `${place}: `}${issue?.message ?? 'expected another shape'}`, {
    file,
  });
}
