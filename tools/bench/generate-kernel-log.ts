import { SeededRandom } from '../../src/base/seeded-random.ts';

type Line = (random: SeededRandom) => string;

/** What a kernel log mostly consists of: lines that say nothing about what we look for. */
const OTHER_LINES: readonly Line[] = [
  (r) =>
    `usb ${1 + r.below(4)}-${1 + r.below(6)}: new high-speed USB device number ${1 + r.below(120)} using xhci-hcd`,
  (r) => `mmcblk0: p${1 + r.below(60)} start ${r.below(1 << 24)} count ${r.below(1 << 20)}`,
  (r) => `systemd[1]: Started Load Kernel Module unit${r.below(500)}.service.`,
  (r) =>
    `audit: type=1400 audit(${1_700_000_000 + r.below(1 << 20)}.${r.below(1000)}:${r.below(9999)}): avc: granted`,
  (r) => `wlan0: associate with 02:00:00:${byte(r)}:${byte(r)}:${byte(r)} (try ${1 + r.below(3)}/3)`,
  (r) =>
    `ufshcd-qcom 1d84000.ufs: gear ${1 + r.below(5)}, lanes ${1 + r.below(2)}, hibern8 ${r.below(5000)} us`,
  (r) =>
    `clk: enabling gcc_branch_${r.below(200)}_clk took ${r.below(900)} us, parent rate ${r.below(1 << 30)}`,
  (r) =>
    `regulator-l${1 + r.below(30)}: supplied by regulator-s${1 + r.below(12)}, ${600 + r.below(2700)}000 uV`,
  (r) =>
    `pci 000${r.below(8)}:0${r.below(8)}:00.0: BAR ${r.below(6)}: assigned [mem 0x${(0x6000_0000 + r.below(1 << 20) * 16).toString(16)}]`,
  (r) =>
    `EXT4-fs (sda${1 + r.below(30)}): mounted filesystem with ordered data mode, ${r.below(1 << 20)} inodes`,
  (r) =>
    `thermal thermal_zone${r.below(80)}: trip ${r.below(4)} crossed at ${30_000 + r.below(60_000)} millicelsius`,
  (r) =>
    `qnoc interconnect: path ${r.below(300)} -> ${r.below(300)} avg ${r.below(1 << 22)} peak ${r.below(1 << 23)}`,
  (r) => `cpufreq: policy${r.below(8)} target ${300 + r.below(2900)}000 kHz, latency ${r.below(200)} us`,
  (r) =>
    `Bluetooth: hci0: command 0x${r
      .below(1 << 16)
      .toString(16)
      .padStart(4, '0')} tx timeout after ${r.below(4000)} ms`,
  (r) =>
    `msm_dpu ae01000.display-controller: frame ${r.below(1 << 20)} done in ${r.below(16_000)} us, ${r.below(9)} layers`,
  (r) => `watchdog: worker ${r.below(64)} was idle for ${r.below(1 << 16)} jiffies on CPU#${r.below(8)}`,
];

const PROCESSORS = ['adsp', 'cdsp0', 'cdsp1', 'gpdsp0'] as const;

/** Lines that become events of their own. */
const RECOGNISED_LINES: readonly Line[] = [
  (r) => `remoteproc remoteproc${r.below(4)}: powering up ${processor(r)}`,
  (r) => `remoteproc remoteproc${r.below(4)}: remote processor ${processor(r)} is now up`,
  (r) => `remoteproc remoteproc${r.below(4)}: stopped remote processor ${processor(r)}`,
  (r) =>
    `remoteproc remoteproc${r.below(4)}: Booting fw image qcom/sa8775p/${processor(r)}.mbn, size ${r.below(1 << 22)}`,
  (r) => `qcom_q6v5_pas 30000000.remoteproc: fatal error received: err_handler.c:${r.below(900)}:example`,
  (r) => `qcom_q6v5_pas 30000000.remoteproc: Adding to iommu group ${r.below(40)}`,
  (r) =>
    `arm-smmu 15000000.iommu: Unhandled context fault: fsr=0x402, iova=0x${(0x9000_0000 + r.below(1 << 16) * 4096).toString(16)}, ` +
    `fsynr=0x${r.below(1 << 20).toString(16)}, cbfrsynra=0x3000, cb=${r.below(64)}`,
];

/** Lines of a kernel log as `dmesg` prints it, each with its newline; one in ten means something to us. */
export function* generateKernelLog(count: number, seed: number): Generator<string> {
  const random = new SeededRandom(seed);
  let tUs = 0;
  for (let i = 0; i < count; i++) {
    tUs += random.below(400);
    const lines = random.below(10) === 0 ? RECOGNISED_LINES : OTHER_LINES;
    const text = (lines[random.below(lines.length)] as Line)(random);
    yield `[${(tUs / 1e6).toFixed(6).padStart(12)}] ${text}\n`;
  }
}

function processor(random: SeededRandom): string {
  return PROCESSORS[random.below(PROCESSORS.length)] as string;
}

function byte(random: SeededRandom): string {
  return random.below(256).toString(16).padStart(2, '0');
}
