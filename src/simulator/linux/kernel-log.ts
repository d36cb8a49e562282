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

  constructor(recording: Recording) {
    this.recording = recording;
  }

  /** Prints one line. Returns its seq, for what it means. */
  print(text: string, level: number = LEVEL.info, cause: number | null = null): number {
    return this.recording.emit('log.printed', { agent: 'linux', cause, context: null }, { level, text });
  }

  /** WARN_ON of a line of the kernel whose number the model does not know. */
  warn(file: string, function_: string): void {
    this.print(`WARNING: ${file} at ${function_}+0x0/0x0`, LEVEL.warning);
  }

  /** Event caused by a line: the line's own time, and no task, as an importer has it. */
  private about(subject: string, cause: number) {
    return { agent: 'linux', subject, cause, context: null } as const;
  }

  /** A line that says that a processor is in a new state. */
  enterState(text: string, processor: string, state: RemoteprocStateName, level: number = LEVEL.info): void {
    const cause = this.print(text, level);
    this.recording.emit('remoteproc.state_changed', this.about(processor, cause), { name: processor, state });
  }

  registered(text: string, processor: string, index: number): void {
    const cause = this.print(text);
    this.recording.emit('remoteproc.registered', this.about(processor, cause), { name: processor, index });
  }

  firmwareFound(text: string, processor: string, name: string, size: number): void {
    const cause = this.print(text);
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
    const cause = this.print(text, level);
    this.recording.emit('firmware.refused', this.about(subject, cause), { name, step, errno });
  }

  /** A step that failed, told by the PAS driver: the core says later what becomes of the processor. */
  stepFailed(text: string, processor: string, step: string, errno: number | null): void {
    const cause = this.print(text, LEVEL.error);
    this.recording.emit('remoteproc.failed', this.about(processor, cause), { name: processor, step, errno });
  }

  /** A step that failed, told by the remoteproc core: the processor stays down, unless it was to be stopped. */
  coreStepFailed(text: string, processor: string, step: string, errno: number | null): void {
    const cause = this.print(text, LEVEL.error);
    this.recording.emit('remoteproc.failed', this.about(processor, cause), { name: processor, step, errno });
    if (step === 'stop') return;
    this.recording.emit('remoteproc.state_changed', this.about(processor, cause), {
      name: processor,
      state: 'failed',
    });
  }

  crashed(text: string, processor: string, type: string): void {
    const cause = this.print(text, LEVEL.error);
    this.recording.emit('remoteproc.crashed', this.about(processor, cause), { name: processor, type });
  }

  interrupted(
    text: string,
    processor: string,
    interrupt: 'fatal' | 'watchdog' | 'handover',
    message: string | null,
  ): void {
    const cause = this.print(text, LEVEL.error);
    this.recording.emit(
      'remoteproc.interrupted',
      { agent: processor, subject: processor, cause, context: null },
      { name: processor, interrupt, raised: true, message },
    );
  }

  groupJoined(device: string, subject: string, group: number): void {
    const cause = this.print(`platform ${device}: Adding to iommu group ${group}`);
    this.recording.emit('smmu.group_added', this.about(subject, cause), { device, group });
  }

  smmuDescribed(text: string, device: string, description: string): void {
    const cause = this.print(text, LEVEL.notice);
    this.recording.emit('smmu.described', this.about(device, cause), { device, description });
  }
}
