import { present } from '../../base/assert.ts';
import { readKernelMessage } from '../../events/kernel-messages/all-messages.ts';
import type { Subjects } from '../../events/kernel-messages/kernel-message.ts';
import { joinOops, readOops } from '../../soc/kernel-report-text.ts';
import { readRegionOverlap } from '../../soc/region-overlap.ts';
import { remoteProcessorOfRegion, subjectOfSpeaker } from '../../soc/remote-processor.ts';
import type { RemoteprocStateName } from '../../soc/soc-state.ts';
import type { Recording } from '../recording.ts';

/** Log levels of include/linux/kern_levels.h. */
export const LEVEL = { emergency: 0, alert: 1, error: 3, warning: 4, notice: 5, info: 6 } as const;

/**
 * The kernel's log: each line is an event in the kernel's own words, and what the line means follows as events that
 * it causes, the same ones that an importer makes of it.
 */
export class KernelLog {
  private readonly recording: Recording;
  private readonly processorByNumber = new Map<string, string>();
  private readonly subjects: Subjects = {
    of: (driver, device) =>
      driver === 'remoteproc' ? (this.processorByNumber.get(device) ?? device) : subjectOfSpeaker(device),
  };

  constructor(recording: Recording) {
    this.recording = recording;
  }

  /** Prints one line, with what it means by itself. Returns its seq. */
  print(text: string, level: number = LEVEL.info, cause: number | null = null): number {
    const seq = this.line(text, level, cause);
    const meaning = readKernelMessage(text, this.subjects);
    if (meaning !== undefined) {
      const about = { agent: 'linux', subject: meaning.subject, cause: seq, context: null };
      // The payload is that of the kind: a Meaning is one of each pair.
      this.recording.emit(meaning.kind, about, meaning.payload as never);
    }
    return seq;
  }

  /** A line of which the caller says what it means. */
  private line(text: string, level: number = LEVEL.info, cause: number | null = null): number {
    return this.recording.emit('log.printed', { agent: 'linux', cause, context: null }, { level, text });
  }

  /** A message of two lines, of which the second says which regions. */
  regionsOverlap(text: string): void {
    const { region, detail } = present(readRegionOverlap(text), text);
    const cause = this.line('OF: reserved mem: OVERLAP DETECTED!', LEVEL.error);
    this.recording.emit(
      'device.failed',
      { agent: 'linux', subject: remoteProcessorOfRegion(region) ?? null, cause, context: null },
      { device: region, driver: 'OF', step: 'region-overlap', errno: null, detail },
    );
    this.line(text, LEVEL.error);
  }

  /** WARN_ON of a line of the kernel whose number the model does not know, and without its call trace. */
  warn(file: string, function_: string): void {
    const cause = this.line(`WARNING: ${file} at ${function_}+0x0/0x0`, LEVEL.warning);
    this.recording.emit(
      'kernel.warned',
      { agent: 'linux', cause, context: null },
      {
        file,
        file_line: null,
        message: null,
        function: function_,
        cpu: null,
        task: null,
        pid: null,
        frames: null,
      },
    );
  }

  /** An oops without its registers and its call trace: `text` is the line of a bad access, where there is one. */
  oops(text: string | null, name: string, syndrome: number): void {
    const error = `Internal error: ${name}: ${syndrome.toString(16).padStart(16, '0')} [#1]  SMP`;
    const lines = text === null ? [error] : [text, error];
    const {
      reason,
      faultAddress,
      syndrome: told,
    } = lines.map((line) => present(readOops(line), line)).reduce(joinOops);
    const where = { function: null, cpu: null, task: null, pid: null, frames: null, caller: null };
    lines.forEach((line, index) => {
      const cause = this.line(line, index === lines.length - 1 ? LEVEL.emergency : LEVEL.alert);
      if (index > 0) return;
      this.recording.emit(
        'kernel.oopsed',
        { agent: 'linux', cause, context: null },
        { reason, fault_address: faultAddress, syndrome: told, ...where },
      );
    });
  }

  panic(reason: string): void {
    const cause = this.line(`Kernel panic - not syncing: ${reason}`, LEVEL.emergency);
    this.recording.emit('kernel.panicked', { agent: 'linux', cause, context: null }, { reason });
  }

  /** Event caused by a line: the line's own time, and no task, as an importer has it. */
  private about(subject: string, cause: number) {
    return { agent: 'linux', subject, cause, context: null } as const;
  }

  /** A line that says that a processor is in a new state. */
  enterState(text: string, processor: string, state: RemoteprocStateName, level: number = LEVEL.info): void {
    const cause = this.line(text, level);
    this.recording.emit('remoteproc.state_changed', this.about(processor, cause), { name: processor, state });
  }

  registered(text: string, processor: string, index: number): void {
    this.processorByNumber.set(`remoteproc${index}`, processor);
    const cause = this.line(text);
    this.recording.emit('remoteproc.registered', this.about(processor, cause), { name: processor, index });
  }

  firmwareFound(text: string, processor: string, name: string, size: number): void {
    const cause = this.line(text);
    this.recording.emit('firmware.loaded', this.about(processor, cause), { name, size });
  }

  firmwareRefused(
    text: string,
    subject: string,
    name: string,
    step: string,
    errno: number,
    level: number = LEVEL.error,
  ): void {
    const cause = this.line(text, level);
    this.recording.emit('firmware.refused', this.about(subject, cause), { name, step, errno });
  }

  /** A step that failed, told by the PAS driver: the core says later what becomes of the processor. */
  stepFailed(text: string, processor: string, step: string, errno: number | null): void {
    const cause = this.line(text, LEVEL.error);
    this.recording.emit('remoteproc.failed', this.about(processor, cause), { name: processor, step, errno });
  }

  /** A step that failed, told by the remoteproc core: the processor stays down, unless it was to be stopped. */
  coreStepFailed(text: string, processor: string, step: string, errno: number | null): void {
    const cause = this.line(text, LEVEL.error);
    this.recording.emit('remoteproc.failed', this.about(processor, cause), { name: processor, step, errno });
    if (step === 'stop') return;
    this.recording.emit('remoteproc.state_changed', this.about(processor, cause), {
      name: processor,
      state: 'failed',
    });
  }

  /** A start that user space asked for did not come up: where no step of it said so before, this line does. */
  bootFailed(text: string, processor: string, isStarting: boolean): void {
    const cause = this.print(text, LEVEL.error);
    if (isStarting)
      this.recording.emit('remoteproc.state_changed', this.about(processor, cause), {
        name: processor,
        state: 'failed',
      });
  }

  crashed(text: string, processor: string, type: string, fault: number | null): void {
    const cause = this.line(text, LEVEL.error, fault);
    this.recording.emit('remoteproc.crashed', this.about(processor, cause), { name: processor, type });
  }

  interrupted(
    text: string,
    processor: string,
    interrupt: 'fatal' | 'watchdog' | 'handover',
    message: string | null,
  ): void {
    const cause = this.line(text, LEVEL.error);
    this.recording.emit(
      'remoteproc.interrupted',
      { agent: processor, subject: processor, cause, context: null },
      { name: processor, interrupt, raised: true, message },
    );
  }

  groupJoined(device: string, subject: string, group: number): void {
    const cause = this.line(`platform ${device}: Adding to iommu group ${group}`);
    this.recording.emit('smmu.group_added', this.about(subject, cause), { device, group });
  }

  smmuDescribed(text: string, device: string, description: string): void {
    const cause = this.line(text, LEVEL.notice);
    this.recording.emit('smmu.described', this.about(device, cause), { device, description });
  }
}
