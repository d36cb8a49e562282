import { parseDevmemTable } from '../../devmem-table.ts';

// Model assumption: no table of Talos is public. These keep of Kodiak's tables the fuses, the clock controller and
// TCSR, and have the regions of Talos' own device tree. Its TLMM and mailbox are elsewhere and left out.

/** ADSP. */
export const TALOS_LPASS_TABLE = parseDevmemTable(`
  efuse 0x780000+0xa000 R
  tcsr_2 0x1fc0000+0x30000 RW
  tcsr_mutex 0x1f40000+0x20000 RW
  smem 0x86000000+0x200000 RW
  gcc 0x100000+0x1f0000 RW
  cmd_db 0x85f20000+0x20000 RW
`);

/** CDSP. */
export const TALOS_CDSP_TABLE = parseDevmemTable(`
  tcsr_2 0x1fc0000+0x30000 RW
  tcsr_mutex 0x1f40000+0x20000 RW
  efuse 0x780000+0xa000 R
  smem 0x86000000+0x200000 RW
  cmd_db 0x85f20000+0x20000 RW
  clk_ctl 0x100000+0x1f0000 RW
`);
