import { KERNEL_MESSAGES } from '../../events/kernel-messages/all-messages.ts';
import type { KernelMessage } from '../../events/kernel-messages/kernel-message.ts';
import { AGENT } from '../event-sink.ts';
import { BOOT_RECOGNISERS } from './boot-recognisers.ts';
import { IDENTITY_RECOGNISERS } from './identity-recognisers.ts';
import { KERNEL_REPORT_RECOGNISERS } from './kernel-report-recognisers.ts';
import { LAST_WORDS_RECOGNISERS } from './last-words-report.ts';
import type { Recogniser } from './recogniser.ts';
import { giveUp, learnName, REMOTEPROC_RECOGNISERS } from './remoteproc-recognisers.ts';
import { SMMU_FAULT_RECOGNISERS } from './smmu-fault-recognisers.ts';
import { SMMU_RECOGNISERS } from './smmu-recognisers.ts';

function recogniserOf({ read, ...message }: KernelMessage): Recogniser {
  return {
    ...message,
    recognise: (match, { sink, tracker, cause }) => {
      const told = match.groups ?? {};
      const { driver, device = '', processor } = told;
      if (driver === 'remoteproc' && processor !== undefined) learnName(tracker, device, processor);
      const { kind, subject, payload } = read(told, tracker.speakers);
      // The payload is that of the kind: a Meaning is one of each pair.
      sink.emit(kind, { agent: AGENT.linux, subject, cause }, payload as never);
      // What user space asked for did not start, where the line that says why was lost.
      const isGivenUp = kind === 'remoteproc.failed' && payload.step === 'boot';
      if (isGivenUp && tracker.starting.has(payload.name)) giveUp({ sink, tracker, cause }, payload.name);
    },
  };
}

/** Every line of the kernel log that means something to us, the more special ones first. */
export const RECOGNISERS: readonly Recogniser[] = [
  ...IDENTITY_RECOGNISERS,
  ...BOOT_RECOGNISERS,
  ...LAST_WORDS_RECOGNISERS,
  ...REMOTEPROC_RECOGNISERS,
  ...SMMU_RECOGNISERS,
  ...SMMU_FAULT_RECOGNISERS,
  ...KERNEL_REPORT_RECOGNISERS,
  ...KERNEL_MESSAGES.map(recogniserOf),
];
