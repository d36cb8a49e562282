import type { Finding } from '../diagnosis/finding.ts';
import { type BootEvent, isFailure, renderEvent } from '../events/catalog.ts';

/** Something that the log says went wrong and that no rule is about: alike but for numbers. */
export interface OtherError {
  /** Seq of the first of them. */
  readonly seq: number;
  readonly count: number;
}

/** Kinds of errors that are told apart; more are not counted. */
const MOST_KINDS = 10_000;

/** Lines of which it may still be told what they mean. */
const MOST_WAITING = 8192;

/** Faults whose lines may be to come. */
const MOST_FAULTS = 1024;

/** KERN_ERR: from there on a line says of itself that it is an error. */
const ERROR_LEVEL = 3;

const SPEAKS_OF_ERROR =
  /\b(?:err|errors?|fail(?:ed|s|ure|ures|ing)?|timed[ -]?out|timeout|abort(?:ed|ing)?|unable to|cannot|can't|could ?n(?:o|')t|corrupt(?:ed|ion)?|refused|rejected|unexpected|stuck|hung|unknown symbol|never came up|not responding)\b/i;

/**
 * What sounds like an error and is none: a probe that waits for another (EPROBE_DEFER), a regulator or a property of the
 * device tree that need not be there, a count of none, a mount option, a watchdog that says how long it waits, a driver
 * whose subject is errors and that says it is ready; and programs that write to the kernel's log.
 */
const IS_NONE =
  /-517\b|hasn't probed yet|, assuming |can't parse '|\b(?:errors?|failed|failures|aborted)[:=] ?(?:0\b|remount|continue)|\bcorrupted PEBs: 0\b|\b(?:no|without) errors?\b|\binitialized with \d+ ?s timeout\b|\berror[\w ()]* is initialized\b|\berrors collector initialized\b|^[\w.-]+\[\d+\]: /i;

/**
 * Gathers, in one pass over a boot, the lines that speak of an error and that no recogniser knows, and the failures of
 * devices. What no finding stands on in the end is not looked at by any rule: no findings does not mean no errors.
 */
export class OtherErrors {
  /** By what they say without their numbers. */
  private readonly kinds = new Map<string, number[]>();
  /** Lines that may be errors, by seq: what they mean may be told after them. */
  private readonly lines = new Map<number, { readonly text: string; readonly source: number | null }>();
  private seqs: number[] = [];
  /** The latest faults: a simulation tells the fault before the lines that the kernel prints of it. */
  private readonly faults = new Set<number>();

  add(event: BootEvent): void {
    const { seq, cause, source } = event;
    if (event.kind === 'log.printed') {
      if (event.agent !== 'linux' || (cause !== null && this.faults.has(cause))) return;
      const { level, text } = event.payload;
      const isError = (level !== null && level <= ERROR_LEVEL) || SPEAKS_OF_ERROR.test(text);
      if (!isError || text === '' || IS_NONE.test(text)) return;
      this.lines.set(seq, { text, source });
      this.seqs.push(seq);
      if (this.lines.size > MOST_WAITING) this.settle();
      return;
    }
    if (event.kind === 'smmu.faulted') {
      if (this.faults.size >= MOST_FAULTS) this.faults.clear();
      this.faults.add(seq);
    }
    if (cause !== null) {
      this.lines.delete(cause);
      if (event.kind.startsWith('kernel.')) this.takeReport(cause, source);
    }
    if (event.kind.startsWith('device.') && isFailure(event)) this.count(seq, renderEvent(event));
  }

  /** Those that none of the findings stands on or explains, the commonest first. Ask once, when all events are in. */
  notIn(findings: readonly Finding[]): OtherError[] {
    for (const [seq, { text }] of this.lines) this.count(seq, text);
    const cited = new Set(
      findings.flatMap(({ evidence, explains, ruledOut }) => [
        ...evidence,
        ...explains,
        ...ruledOut.map(({ seq }) => seq),
      ]),
    );
    return [...this.kinds.values()]
      .map((all) => all.filter((seq) => !cited.has(seq)).sort((a, b) => a - b))
      .flatMap((seqs) => (seqs[0] === undefined ? [] : [{ seq: seqs[0], count: seqs.length }]))
      .sort((a, b) => b.count - a.count || a.seq - b.seq);
  }

  /** Nothing tells any more what the older half of the lines mean: a flood of them must not pile up. */
  private settle(): void {
    let left = MOST_WAITING / 2;
    for (const [seq, { text }] of this.lines) {
      if (left-- === 0) break;
      this.count(seq, text);
      this.lines.delete(seq);
    }
    this.seqs = this.seqs.filter((seq) => this.lines.has(seq));
  }

  private count(seq: number, text: string): void {
    const kind = text.replace(/0x[0-9a-f]+|\b[0-9a-f]{8,}\b|\d+/gi, '#');
    const known = this.kinds.get(kind);
    if (known !== undefined) known.push(seq);
    else if (this.kinds.size < MOST_KINDS) this.kinds.set(kind, [seq]);
  }

  /** An oops or a warning has its event behind its lines: those in between belong to it. */
  private takeReport(first: number, ofSource: number | null): void {
    for (let index = this.seqs.length - 1; index >= 0; index--) {
      const seq = this.seqs[index] as number;
      if (seq <= first) break;
      if (this.lines.get(seq)?.source === ofSource) this.lines.delete(seq);
    }
  }
}
