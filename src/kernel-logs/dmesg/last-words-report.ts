import type { OpenReport } from './open-report.ts';
import { ofDriver } from './processor-driver.ts';
import type { ReportRecogniser } from './recogniser.ts';
import type { Recognition } from './recognition.ts';

/** What the firmware of Wi-Fi processors says of itself before it says what happened. */
const PRELUDE = /^(?:QC Image Version ?: |Image Variant ?: |$)/;
/** A place in the firmware's source, or what it calls an assertion or an exception. */
const REASON = /^(?:\S+\.[a-z]{1,3}:\d+[ :]|\S*:Excep |.{0,80}\bAssert(?:ion|ed)\b|Excep(?:tion)?\b)/;
/** What it says behind that: its thread, registers and stack. */
const DETAIL =
  /^(?:Thread (?:ID|name)\b|Process ID\b|Register:|SP : |FP : |ArmV|[A-Z]\w{1,5} ?: ?0x[0-9a-f]{8}|0x[0-9a-f]{8}\b|Stack Dump\b|$)/;

/**
 * The last words of a remote processor that begin with a new line: one message of the kernel, of which each line has the
 * prefix of the first.
 */
class LastWordsReport implements OpenReport {
  readonly patience = 0;
  private readonly device: string;
  private message: string | null = null;
  private hasBegun = false;

  constructor(device: string) {
    this.device = device;
    this.tell = this.tell.bind(this);
  }

  take(line: string): boolean {
    const text = line.trim();
    if (this.message !== null) return DETAIL.test(text);
    if (PRELUDE.test(text)) {
      this.hasBegun = true;
      return true;
    }
    if (!this.hasBegun || !REASON.test(text)) return false;
    this.message = text;
    return true;
  }

  isOver(): boolean {
    return false;
  }

  tell({ sink, tracker, cause }: Recognition): void {
    const name = tracker.subjectOfDevice(this.device);
    sink.emit(
      'remoteproc.interrupted',
      { agent: name, subject: name, cause },
      { name, interrupt: 'fatal', raised: true, message: this.message },
    );
  }
}

export const LAST_WORDS_RECOGNISERS: readonly ReportRecogniser[] = [
  {
    name: 'fatal error of several lines',
    where: 'drivers/remoteproc/qcom_q6v5.c q6v5_fatal_interrupt, of firmware that begins with a new line',
    place: 'text',
    firstWord: 'fatal',
    pattern: ofDriver(/fatal error received:/),
    example: 'qcom-q6v5-wcss-pil cd00000.remoteproc: fatal error received:',
    begin: ([, device = '']) => new LastWordsReport(device),
  },
];
