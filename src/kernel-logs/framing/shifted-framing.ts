import type { ClockAnchor, FramedLine, Framing } from './framed-line.ts';

/** The lines of another framing, with their times counted from the zero of another source. */
export class ShiftedFraming implements Framing {
  private readonly inner: Framing;
  private readonly offsetNs: number;
  private anchor: ClockAnchor | undefined;

  constructor(inner: Framing, offsetNs: number, anchor: ClockAnchor) {
    this.inner = inner;
    this.offsetNs = offsetNs;
    this.anchor = anchor;
  }

  read(
    bytes: Uint8Array,
    start: number,
    end: number,
    line: number,
    visit: (framed: FramedLine) => void,
  ): void {
    this.inner.read(bytes, start, end, line, (framed) => this.shift(framed, visit));
  }

  timeOf(bytes: Uint8Array, start: number, end: number): number {
    return this.inner.timeOf(bytes, start, end) + this.offsetNs;
  }

  takeAnchor(): ClockAnchor | undefined {
    const taken = this.anchor ?? this.inner.takeAnchor?.();
    this.anchor = undefined;
    return taken;
  }

  finish(visit: (framed: FramedLine) => void): void {
    this.inner.finish?.((framed) => this.shift(framed, visit));
  }

  private shift(framed: FramedLine, visit: (framed: FramedLine) => void): void {
    framed.tNs += this.offsetNs;
    visit(framed);
  }
}
