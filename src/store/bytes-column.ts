/**
 * SQL for a column of bytes, by which bytes come out of it whatever is there: STRICT refuses what is none only as it is
 * written, and a damaged row may say that its blob is a text.
 */
export function bytesOf(column: string): string {
  return `ifnull(CAST(${column} AS BLOB), x'') AS ${column}`;
}
