import { findSmcCommand } from '../../soc/smc-command.ts';
import { Cursor, decodeText, NEWLINE } from '../ascii.ts';
import type { BootTracker } from '../boot-tracker.ts';
import type { Claim, ClaimsAhead } from '../processor-mappings.ts';
import { FtraceFrame } from './frame.ts';

/** So far a trace is looked ahead at least, as long as it goes on. */
const LEAST_AHEAD = 1 << 16;
/** Claims that are remembered for each task. */
const MOST_CLAIMS = 256;

const REQUEST =
  /^smc_id:0x([0-9a-f]{1,8}) svc_id:0x([0-9a-f]{2}) cmd_id:0x([0-9a-f]{2}) args_cnt:\d args:\{0x([0-9a-f]{1,8})[,}]/;
const ATTACH = /^IOMMU: device=(\S+)$/;
const LETTER_S = 0x73;
const LETTER_A = 0x61;

interface PlacedClaim extends Claim {
  /** Where its line begins. */
  readonly at: number;
}

/** Finds what tasks claim further on in a trace. Each line is looked at once, and none where nobody asks. */
export class TraceAhead implements ClaimsAhead {
  private readonly tracker: BootTracker;
  private readonly ahead: () => Uint8Array;
  private readonly frame = new FtraceFrame();
  private readonly cursor = new Cursor();
  private readonly claims = new Map<string, PlacedClaim[]>();
  private position = 0;
  private scannedUntil = 0;

  /** `ahead`: the bytes that follow the line that is being read. */
  constructor(tracker: BootTracker, ahead: () => Uint8Array) {
    this.tracker = tracker;
    this.ahead = ahead;
  }

  /** A line of so many bytes is being read. */
  advance(length: number): void {
    this.position += length;
  }

  next(task: string): Claim | undefined {
    if (this.scannedUntil - this.position < LEAST_AHEAD) this.scan();
    const claims = this.claims.get(task);
    if (claims === undefined) return undefined;
    while (claims[0] !== undefined && claims[0].at < this.position) claims.shift();
    return claims[0];
  }

  private scan(): void {
    const bytes = this.ahead();
    let start = Math.max(0, this.scannedUntil - this.position);
    for (let end = bytes.indexOf(NEWLINE, start); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      this.look(bytes, start, end);
      start = end + 1;
    }
    this.scannedUntil = this.position + start;
  }

  private look(bytes: Uint8Array, start: number, end: number): void {
    const { cursor, frame } = this;
    cursor.reset(bytes, start, end);
    if (!frame.read(cursor)) return;
    const first = bytes[frame.nameStart];
    if (first !== LETTER_S && first !== LETTER_A) return;
    const name = decodeText(bytes, frame.nameStart, frame.nameEnd);
    if (name !== 'scm_smc_request' && name !== 'attach_device_to_domain') return;
    const body = decodeText(bytes, frame.bodyStart, end).trimEnd();
    const claim = name === 'scm_smc_request' ? this.claimOfRequest(body) : this.claimOfAttach(body);
    if (claim === undefined) return;
    const task = decodeText(bytes, frame.contextStart, frame.taskEnd);
    const claims = this.claims.get(task) ?? [];
    this.claims.set(task, claims);
    if (claims.length < MOST_CLAIMS) claims.push({ ...claim, at: this.position + start });
  }

  private claimOfRequest(body: string): Claim | undefined {
    const [, ...told] = REQUEST.exec(body) ?? [];
    const [functionId = 0, service = 0, command = 0, first = 0] = told.map((hex) => Number.parseInt(hex, 16));
    return told.length === 0
      ? undefined
      : this.tracker.claimOfPas(findSmcCommand(functionId, service, command)?.name, first);
  }

  private claimOfAttach(body: string): Claim | undefined {
    const device = ATTACH.exec(body)?.[1];
    return device === undefined
      ? undefined
      : { subject: this.tracker.subjectOfDevice(device), step: 'attach' };
  }
}
