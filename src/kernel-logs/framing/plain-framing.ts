import { FramedLine, type Framing } from './framed-line.ts';
import { DMESG_WRAPPERS } from './line-wrappers.ts';
import { readPrintkPrefix } from './printk-prefix.ts';
import { WrappedFraming } from './wrapped-framing.ts';

/** What /dev/kmsg says of the device below its message (drivers/base/core.c dev_printk_emit). */
const DEVICE_OF_MESSAGE = /^ (?:SUBSYSTEM|DEVICE)=\S/;

/**
 * The kernel log as `dmesg` prints it, in any of its forms. A line with the kernel's own prefix, as nearly all are, is
 * read without making a string of it.
 */
export class PlainFraming implements Framing {
  private readonly framed = new FramedLine();
  private readonly other = new WrappedFraming({ wrappers: DMESG_WRAPPERS, recorded: DEVICE_OF_MESSAGE });

  read(
    bytes: Uint8Array,
    start: number,
    end: number,
    line: number,
    visit: (framed: FramedLine) => void,
  ): void {
    const { framed } = this;
    framed.reset(bytes, start, end);
    if (readPrintkPrefix(framed) && !this.other.mayHaveVendorColumn(framed)) visit(framed);
    else this.other.read(bytes, start, end, line, visit);
  }

  timeOf(bytes: Uint8Array, start: number, end: number): number {
    const { framed } = this;
    framed.reset(bytes, start, end);
    return readPrintkPrefix(framed) ? framed.tNs : this.other.timeOf(bytes, start, end);
  }

  startBoot(): void {
    this.other.startBoot();
  }

  takeAnchor() {
    return this.other.takeAnchor();
  }
}
