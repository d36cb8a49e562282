import type { Voice } from './framed-line.ts';

interface VoiceSign {
  readonly who: string;
  readonly voice: Voice;
  readonly pattern: RegExp;
  /** Lines of this sign are the first that a board says after a reset. */
  readonly startsBoot?: true;
  readonly example: string;
}

/** By what lines on a console, beside those of the kernel, are known. Matched without prefix, in this order. */
export const VOICE_SIGNS: readonly VoiceSign[] = [
  {
    who: 'XBL or SBL, first lines',
    voice: 'firmware',
    pattern: /^(?:Format: Log Type - Time\(|S - QC_IMAGE_VERSION_STRING=)/,
    startsBoot: true,
    example: 'Format: Log Type - Time(microsec) - Message - Optional Info',
  },
  {
    who: 'XBL or SBL',
    voice: 'firmware',
    pattern: /^(?:Log Type: B - |[SBD] - +(?:\d+ - |[A-Z][A-Za-z _]+[=:0-9 ]))/,
    example: 'B -      1545 - PBL, Start',
  },
  {
    who: 'U-Boot, first lines',
    voice: 'firmware',
    pattern: /^U-Boot (?:SPL |TPL )?\d{4}\.\d\d/,
    startsBoot: true,
    example: 'U-Boot 2026.04 (Nov 27 2026 - 16:43:00 +0000)',
  },
  {
    who: 'U-Boot',
    voice: 'firmware',
    pattern:
      /^(?:DRAM: |MMC: |Core: |Net: |In: |Out: |Err: |Hit any key to stop autoboot|Starting kernel \.\.\.|## (?:Loading|Booting|Flattened|Executing|Starting|Transferring|Checking|Error|Warning)|=> |Loading (?:Kernel|Ramdisk|Device Tree) )/,
    example: 'Hit any key to stop autoboot:  0',
  },
  {
    who: 'Trusted Firmware-A',
    voice: 'firmware',
    pattern: /^(?:NOTICE|INFO|WARNING|ERROR|VERBOSE): +(?:BL\d|PSCI|GICv|TSP|OP-TEE)/,
    example: 'NOTICE:  BL31: Built : 16:43:00, Nov 27 2026',
  },
  {
    who: 'coreboot',
    voice: 'firmware',
    pattern: /^coreboot-\S+ /,
    startsBoot: true,
    example: 'coreboot-4.22 Fri Nov 27 16:43:00 UTC 2026 bootblock starting (log level: 7)...',
  },
  {
    who: 'UEFI of Qualcomm',
    voice: 'firmware',
    pattern:
      /^(?:UEFI (?:Start|Ver|Total)|Exit (?:EBS|BS)\b|Start EBS\b|BDS: |App Log Flush|Shutting Down UEFI|Loader Build Info|Loading Image |Platform Init +\[|DisplayDxe|ABL Revision|VB: |Booting Into |Cmdline: )/,
    example: 'Exit EBS        [242294] UEFI End',
  },
  {
    who: 'little kernel, ABL',
    voice: 'firmware',
    pattern: /^\[\d{1,9}\] (?:\[\d{1,9}\] )?\S/,
    example: '[2124700] [2124700] fastboot: reboot',
  },
  {
    who: 'GRUB and systemd-boot',
    voice: 'firmware',
    pattern: /^(?:GNU GRUB|Loading Linux |Loading initial ramdisk|Booting `)/,
    example: 'Loading Linux 7.2.13 ...',
  },
  {
    who: 'systemd on the console',
    voice: 'userspace',
    pattern:
      /^(?:\[ {0,2}(?:OK|FAILED|DEPEND|WARN|SKIP|TIME|INFO) {0,2}\]|\[[ *]{6}\] |See 'systemctl |(?:Starting|Mounting|Stopping|Activating|Unmounting) .*\.\.\.$|Welcome to )/,
    example: '[  OK  ] Reached target Local File Systems.',
  },
  {
    who: 'scripts that test a board',
    voice: 'userspace',
    pattern: /^\[(?:PASS|FAIL|INFO|SKIP)\] /,
    example: '[FAIL] 2026-11-27 16:43:00 - remoteproc0: state=offline',
  },
  {
    who: 'login and shells',
    voice: 'userspace',
    pattern: /^(?:[\w.-]+ login: ?|Password: ?|[\w.-]+@[\w.-]+:.*[#$] ?|[~/][\w/]* # ?|Last login: )/,
    example: 'board login: ',
  },
  {
    who: 'a test run of LAVA',
    voice: 'userspace',
    pattern: /^<LAVA_(?:SIGNAL|TEST)_?/,
    example: '<LAVA_SIGNAL_STARTTC remoteproc-up>',
  },
];

/**
 * What the kernel says first, whether or not it prints times, and what nobody but its drivers says: `driver device: `,
 * where the device is named after its address in the device tree.
 */
export const KERNEL_ENTRY =
  /^(?:Booting Linux on |Linux version \d|remoteproc remoteproc\d+: |[a-z][\w-]* [0-9a-f]{6,}\.[\w-]+: )/;

/** The sign that a text bears, indented or not; undefined when it bears none. */
export function voiceSign(text: string): VoiceSign | undefined {
  const trimmed = text.trimStart();
  return VOICE_SIGNS.find(({ pattern }) => pattern.test(trimmed));
}

/**
 * Says who speaks on a console. A line that bears no sign belongs to the firmware until the kernel has spoken, and then
 * to the kernel: better to search too much for what recognisers know than too little.
 */
export class ConsoleVoices {
  private kernelHasSpoken = false;
  /** The line that was asked about last is the first after a reset. */
  isFirstAfterReset = false;

  /** `isStamped` says that the line has a prefix of the kernel. */
  of(text: string, isStamped: boolean): Voice {
    this.isFirstAfterReset = false;
    if (isStamped || KERNEL_ENTRY.test(text)) {
      this.kernelHasSpoken = true;
      return text.startsWith('<LAVA_') ? 'userspace' : 'linux';
    }
    const sign = voiceSign(text);
    if (sign?.startsBoot === true) {
      this.kernelHasSpoken = false;
      this.isFirstAfterReset = true;
    }
    return sign?.voice ?? (this.kernelHasSpoken ? 'linux' : 'firmware');
  }
}
