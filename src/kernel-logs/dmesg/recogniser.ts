import type { MessagePlace } from '../../events/kernel-messages/kernel-message.ts';
import type { OpenReport } from './open-report.ts';
import type { Recognition } from './recognition.ts';

interface RecognisedLine {
  readonly name: string;
  /** Where the kernel prints it. */
  readonly where: string;
  /** How it is found, as {@link MessagePlace} has it; by the first word of the line unless said otherwise. */
  readonly place?: MessagePlace;
  /** What is looked for there, up to a blank or colon; the table is indexed by it. */
  readonly firstWord: string;
  readonly pattern: RegExp;
  readonly example: string;
}

/** A line that means something by itself. */
export interface LineRecogniser extends RecognisedLine {
  readonly recognise: (match: RegExpExecArray, recognition: Recognition) => void;
}

/** The first line of a report, of which further lines may be part. */
export interface ReportRecogniser extends RecognisedLine {
  /** Changes nothing yet: the report says what it means when it is over. */
  readonly begin: (match: RegExpExecArray) => OpenReport;
}

/**
 * One line of the kernel that means something. The example is a test: the pattern must match it, and the
 * events that come of it are in the golden files.
 */
export type Recogniser = LineRecogniser | ReportRecogniser;
