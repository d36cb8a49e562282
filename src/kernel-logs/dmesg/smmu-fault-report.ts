import type { PayloadOf } from '../../events/catalog.ts';
import { INTEGER_LIMIT } from '../../events/field.ts';
import {
  contextFaultMeaning,
  type FaultMeaning,
  GLOBAL_FAULT,
  globalFaultMeaning,
} from '../../soc/smmu-fault.ts';
import { accessOfSmmuV3Record, BAD_STREAM, reasonOfSmmuV3Event, smmuV3EventName } from '../../soc/smmu-v3.ts';
import { subjectOfStream } from '../../soc/stream-owner.ts';
import type { Access } from '../../soc/walk.ts';
import { AGENT } from '../event-sink.ts';
import type { OpenReport } from './open-report.ts';
import type { Recognition } from './recognition.ts';

/** Device of a fault that only the remoteproc core told of. */
const NO_DEVICE = '(NULL device *)';

/** Lines of others that may stand between the lines of one fault: those of other CPUs. */
const PATIENCE = 6;
/** The remoteproc core tells before the SMMU does, and of the crash in between. */
const PATIENCE_WITHOUT_DEVICE = 8;
/** Once its registers are known, only the walks of the Qualcomm driver may follow, at once. */
const PATIENCE_WHEN_COMPLETE = 0;

export const CONTEXT_FAULT =
  /^(\S+) (\S+): Unhandled context fault: ((?:[a-z0-9]+=(?:0x)?[0-9a-f]+(?:, ?)?)+)$/;
export const FAULT_STATUS =
  /^(\S+) (\S+): FSR\s*= (?:0x)?([0-9a-f]{1,8}) \[[^\]]*\](?:, SID=0x([0-9a-f]+))?$/;
export const FAULT_SYNDROME = /^(\S+) (\S+): FSYNR0\s*= (?:0x)?([0-9a-f]{1,8}) \[[^\]]*\]$/;
export const UNKNOWN_STREAM =
  /^(arm-smmu(?!-v3)\S*) (\S+): Blocked unknown Stream ID 0x([0-9a-f]+); boot with .*$/;
export const UNEXPECTED_FAULT =
  /^(arm-smmu(?!-v3)\S*) (\S+): Unexpected global fault, this could be serious$/;
export const GLOBAL_REGISTERS =
  /^(arm-smmu(?!-v3)\S*) (\S+): \s*GFSR 0x([0-9a-f]{1,8}), GFSYNR0 0x([0-9a-f]{1,8}), GFSYNR1 0x([0-9a-f]{1,8}), GFSYNR2 0x([0-9a-f]{1,8})$/;
export const PROCESSOR_FAULT = /^\(NULL device \*\): iommu fault: da 0x([0-9a-f]+) flags 0x([01])$/;
export const EVENT_RECORD = /^(\S+) (\S+): event 0x([0-9a-f]{2}) received:$/;
export const EVENT =
  /^(\S+) (\S+): event: (\S+) client: (.*?) sid: 0x([0-9a-f]+) ssid: \S+(?: iova: 0x([0-9a-f]+) ipa: \S+)?$/;
const EVENT_WORD = /^(\S+) (\S+): \s*0x([0-9a-f]{16})$/;
const EVENT_ACCESS = /^(\S+) (\S+): (?:un)?priv (data|inst) (read|write) s[12] .*$/;
const SOFTWARE_WALK = /^(\S+) (\S+): soft iova-to-phys=0x([0-9a-f]+)$/;
const SOFTWARE_WALK_FAILED = /^(\S+) (\S+): SOFTWARE TABLE WALK FAILED! .*$/;
const HARDWARE_WALK = /^(\S+) (\S+): hard iova-to-phys \(ATOS\)(?:=0x([0-9a-f]+)| failed)$/;
/** Kernels of msm tell address, stream and more registers on lines of their own (arm-smmu.c print_ctx_regs). */
const FAULT_ADDRESS = /^(\S+) (\S+): FAR\s*= (?:0x)?([0-9a-f]{1,16})$/;
const FAULT_STREAM = /^(\S+) (\S+): SID\s*= ?0x([0-9a-f]{1,8})$/;
const VENDOR_REGISTER = /^(\S+) (\S+): (?:PAR|FSYNR1|TTBR[01]|SCTLR|CBAR|MAIR[01]|context bank#)\s*= .*$/;
const PROCESSOR_CRASHED = /^remoteproc remoteproc\d+: crash detected in ([^:]+): type mmufault$/;

const UNMATCHED = globalFaultMeaning(GLOBAL_FAULT.unidentifiedStream, null).reason;

/** A hexadecimal register or address; null when there is none, or it is too large to be a real one. */
function register(digits: string | undefined): number | null {
  const value = Number.parseInt(digits ?? '', 16);
  return value < INTEGER_LIMIT ? value : null;
}

/** One fault of an SMMU, put together from the lines that tell of it. */
export class SmmuFaultReport implements OpenReport {
  private device: string | null = null;
  private readonly type: 'context' | 'global' | 'event';
  private streamId: number | null = null;
  private iova: number | null = null;
  private access: Access | null = null;
  private fsr: number | null = null;
  private fsynr: number | null = null;
  private contextBank: number | null = null;
  private v3Event: string | null = null;
  private readonly record: bigint[] = [];
  private readonly details: string[] = [];
  /** Processor that the remoteproc core names as the one that crashed of it. */
  private processor: string | null = null;
  private hasStatusLine = false;
  /** The kernel says that no entry takes the stream. */
  private isUnknownStream = false;
  /** All registers were told. */
  private hasRegisterLines = false;
  private hasEnded = false;

  constructor(type: 'context' | 'global' | 'event') {
    this.type = type;
    this.tell = this.tell.bind(this);
  }

  /** Begun by the line of the remoteproc core, which knows address and direction. */
  static ofProcessor([, iova, flags]: readonly string[]): SmmuFaultReport {
    const report = new SmmuFaultReport('context');
    report.iova = register(iova);
    report.access = flags === '1' ? 'write' : null;
    return report;
  }

  static ofContext(line: readonly string[]): SmmuFaultReport {
    const report = new SmmuFaultReport('context');
    report.takeContext(line);
    return report;
  }

  static ofStatus([, , device = '', fsr, sid]: readonly string[]): SmmuFaultReport {
    const report = new SmmuFaultReport('context');
    report.device = device;
    report.hasStatusLine = true;
    report.fsr = register(fsr);
    report.streamId = register(sid);
    return report;
  }

  static ofSyndrome([, , device = '', fsynr]: readonly string[]): SmmuFaultReport {
    const report = new SmmuFaultReport('context');
    report.device = device;
    report.fsynr = register(fsynr);
    report.hasRegisterLines = true;
    return report;
  }

  static ofGlobal([, , device = '', sid]: readonly string[]): SmmuFaultReport {
    const report = new SmmuFaultReport('global');
    report.device = device;
    report.streamId = register(sid);
    report.isUnknownStream = report.streamId !== null;
    return report;
  }

  static ofGlobalRegisters(line: readonly string[]): SmmuFaultReport {
    const report = new SmmuFaultReport('global');
    report.device = line[2] ?? '';
    report.takeGlobalRegisters(line);
    return report;
  }

  static ofRecord([, , device = '', id = '']: readonly string[]): SmmuFaultReport {
    const report = new SmmuFaultReport('event');
    report.device = device;
    report.v3Event = smmuV3EventName(Number.parseInt(id, 16));
    return report;
  }

  static ofEvent(line: readonly string[]): SmmuFaultReport {
    const report = new SmmuFaultReport('event');
    report.takeEvent(line);
    return report;
  }

  get patience(): number {
    if (this.hasRegisterLines) return PATIENCE_WHEN_COMPLETE;
    return this.device === null ? PATIENCE_WITHOUT_DEVICE : PATIENCE;
  }

  isOver(): boolean {
    return this.hasEnded;
  }

  take(text: string): boolean {
    if (this.type === 'context') return this.takeOfContext(text);
    return this.type === 'global' ? this.takeOfGlobal(text) : this.takeOfEvent(text);
  }

  private takeOfContext(text: string): boolean {
    const crashed = PROCESSOR_CRASHED.exec(text);
    if (crashed !== null) {
      // Only its own device may have told the remoteproc core, and the line stands for more than this.
      if (this.device === null) this.processor ??= crashed[1] ?? null;
      return false;
    }
    const context = CONTEXT_FAULT.exec(text);
    if (context !== null) {
      // The remoteproc core told of the same address; with a device it is another fault, perhaps of another CPU.
      if (this.device !== null || register(pairsOf(context[3])['iova']) !== this.iova) return false;
      this.takeContext(context);
      return true;
    }
    const status = FAULT_STATUS.exec(text);
    if (status !== null) {
      if (!this.isOf(status) || this.hasStatusLine) return false;
      if (this.fsr !== null && this.fsr !== register(status[3])) return false;
      if (this.streamId !== null && this.streamId !== (register(status[4]) ?? this.streamId)) return false;
      this.hasStatusLine = true;
      this.fsr = register(status[3]);
      this.streamId ??= register(status[4]);
      return true;
    }
    const syndrome = FAULT_SYNDROME.exec(text);
    if (syndrome !== null) {
      if (!this.isOf(syndrome) || this.hasRegisterLines) return false;
      if (this.fsynr !== null && this.fsynr !== register(syndrome[3])) return false;
      this.fsynr = register(syndrome[3]);
      this.hasRegisterLines = true;
      return true;
    }
    return this.takeOfVendor(text) || this.takeWalk(text);
  }

  private takeOfVendor(text: string): boolean {
    const address = FAULT_ADDRESS.exec(text);
    if (address !== null && this.isOf(address)) {
      if (this.iova !== null && this.iova !== register(address[3])) return false;
      this.iova = register(address[3]);
      return true;
    }
    const other = VENDOR_REGISTER.exec(text);
    if (other !== null) return this.isOf(other);
    const stream = FAULT_STREAM.exec(text);
    if (stream === null || !this.isOf(stream)) return false;
    if (this.streamId !== null && this.streamId !== register(stream[3])) return false;
    this.streamId = register(stream[3]);
    this.hasEnded = true;
    return true;
  }

  /** The walks of the Qualcomm driver, where it is built with CONFIG_ARM_SMMU_QCOM_DEBUG. */
  private takeWalk(text: string): boolean {
    const software = SOFTWARE_WALK.exec(text);
    if (software !== null && this.isOf(software)) {
      this.details.push(
        register(software[3]) === 0 ? 'software walk: unmapped' : `software walk: 0x${software[3]}`,
      );
      return true;
    }
    const failed = SOFTWARE_WALK_FAILED.exec(text);
    if (failed !== null && this.isOf(failed)) return true;
    const hardware = HARDWARE_WALK.exec(text);
    if (hardware === null || !this.isOf(hardware)) return false;
    this.details.push(`hardware walk: ${hardware[3] === undefined ? 'failed' : `0x${hardware[3]}`}`);
    // Where the stream is not known yet, a line of its own says it.
    if (this.streamId !== null) this.hasEnded = true;
    else this.hasRegisterLines = true;
    return true;
  }

  private takeContext([, , device = '', told]: readonly string[]): void {
    const pairs = pairsOf(told);
    this.device = device;
    this.iova = register(pairs['iova']);
    this.fsr = register(pairs['fsr']);
    this.fsynr = register(pairs['fsynr'] ?? pairs['fsynr0']);
    this.streamId = register(pairs['cbfrsynra'] ?? pairs['sid']);
    const bank = Number(pairs['cb']);
    this.contextBank = Number.isSafeInteger(bank) && bank < INTEGER_LIMIT ? bank : null;
  }

  private takeOfGlobal(text: string): boolean {
    const registers = GLOBAL_REGISTERS.exec(text);
    if (registers !== null && this.isOf(registers)) {
      this.takeGlobalRegisters(registers);
      return true;
    }
    const next = UNKNOWN_STREAM.exec(text) ?? UNEXPECTED_FAULT.exec(text);
    if (next !== null && this.isOf(next)) this.hasEnded = true;
    return false;
  }

  private takeGlobalRegisters([, , , gfsr, gfsynr0, gfsynr1]: readonly string[]): void {
    this.fsr = register(gfsr);
    this.fsynr = register(gfsynr0);
    const stream = register(gfsynr1);
    this.streamId ??= stream === null ? null : stream % 0x1_0000;
    this.hasEnded = true;
  }

  private takeOfEvent(text: string): boolean {
    const event = EVENT.exec(text);
    if (event !== null) {
      if (!this.isOf(event)) return false;
      if (this.streamId !== null) {
        this.hasEnded = true;
        return false;
      }
      this.takeEvent(event);
      return true;
    }
    const access = EVENT_ACCESS.exec(text);
    if (access !== null && this.isOf(access)) {
      this.access = access[4] === 'write' ? 'write' : access[3] === 'inst' ? 'fetch' : 'read';
      this.hasEnded = true;
      return true;
    }
    const word = EVENT_WORD.exec(text);
    if (word !== null && this.isOf(word) && this.record.length < 4 && this.streamId === null) {
      this.record.push(BigInt(`0x${word[3]}`));
      return true;
    }
    const next = EVENT_RECORD.exec(text);
    if (next !== null && this.isOf(next)) this.hasEnded = true;
    return false;
  }

  private takeEvent([, , device = '', event = '', client, sid, iova]: readonly string[]): void {
    this.device = device;
    this.v3Event = event;
    this.streamId = register(sid);
    this.iova = register(iova);
    // Without an address the driver has no more to say.
    if (iova === undefined) this.hasEnded = true;
    if (client !== undefined && client !== '(unassigned sid)') this.details.push(`client ${client}`);
  }

  private isOf(line: readonly string[]): boolean {
    return this.device === line[2];
  }

  tell({ sink, tracker, cause }: Recognition): void {
    this.readRecord();
    const { streamId } = this;
    const processor = this.processor === null ? null : tracker.subjectOfDevice(this.processor);
    if (processor !== null && streamId !== null && tracker.learnStream(streamId, processor)) {
      const device = subjectOfStream(undefined, streamId);
      const evidence = `crash detected in ${processor}`;
      sink.emit(
        'device.identified',
        { agent: AGENT.linux, subject: processor, cause },
        { device, basis: 'crash', evidence },
      );
    }
    const subject = streamId === null ? processor : tracker.subjectOfStream(streamId);
    sink.emit('smmu.faulted', { agent: AGENT.smmu, subject, cause }, this.payload());
  }

  private payload(): PayloadOf<'smmu.faulted'> {
    const { reason, access, level, hardwareBank } = this.meaning();
    return {
      device: this.device ?? NO_DEVICE,
      type: this.type,
      stream_id: this.streamId,
      iova: this.iova,
      access: access ?? this.access,
      reason,
      level,
      fsr: this.fsr,
      fsynr: this.fsynr,
      context_bank: this.contextBank,
      hardware_bank: hardwareBank,
      detail: this.detail(),
    };
  }

  private meaning(): FaultMeaning {
    switch (this.type) {
      case 'context':
        return contextFaultMeaning(this.fsr, this.fsynr);
      case 'global': {
        const meaning = globalFaultMeaning(this.fsr, this.fsynr);
        // The line "Blocked unknown Stream ID" is printed where sGFSR.USF is set (arm_smmu_global_fault).
        return this.isUnknownStream && this.fsr === null ? { ...meaning, reason: UNMATCHED } : meaning;
      }
      default:
        return {
          reason: this.v3Event === null ? null : reasonOfSmmuV3Event(this.v3Event),
          access: this.access,
          level: null,
          hardwareBank: null,
        };
    }
  }

  private detail(): string | null {
    const parts = this.v3Event === null ? this.details : [this.v3Event];
    return parts.length === 0 ? null : parts.join(', ');
  }

  /** An SMMUv3 of an older kernel has nothing but the words of the record (EVTQ_0_SID, EVTQ_2_ADDR). */
  private readRecord(): void {
    const [first, second, third] = this.record;
    if (this.streamId !== null || first === undefined) return;
    this.streamId = Number(first >> 32n);
    if (this.v3Event === BAD_STREAM.name) return;
    if (third !== undefined && third < BigInt(INTEGER_LIMIT)) this.iova = Number(third);
    if (second !== undefined) this.access = accessOfSmmuV3Record(second);
  }
}

/** `fsr=0x402, iova=0x95900100` as a table, digits without `0x`. */
function pairsOf(told: string | undefined): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    [...(told ?? '').matchAll(/([a-z0-9]+)=(?:0x)?([0-9a-f]+)/g)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );
}
