import { parseDevmemTable } from '../../devmem-table.ts';

// What TrustZone lists for a remote processor, in table order; identity mapped. Source: the tables in
// core/pta/qcom/pas/platform/kodiak of OP-TEE, which publishes it. QTEE's own tables are not public and may differ.

/** ADSP. */
export const KODIAK_LPASS_TABLE = parseDevmemTable(`
  efuse 0x786000+0x20000 R
  rng 0x10d4000+0x1000 RW
  mailbox 0x403000+0x1000 RW
  rpmh 0xa000000+0x5000000 RW
  tcsr_2 0x1fc0000+0x30000 RW
  tcsr_mutex 0x1f40000+0x20000 RW
  smem 0x80900000+0x200000 RW
  gcc 0x100000+0x1f0000 RW
  cmd_db 0x80860000+0x20000 RW
  i2c 0xa80000+0x4000 RW
  pinctrl 0xf100000+0x300000 RW
`);

/** CDSP. */
export const KODIAK_CDSP_TABLE = parseDevmemTable(`
  tcsr_2 0x1fc0000+0x30000 RW
  tcsr_mutex 0x1f40000+0x20000 RW
  efuse 0x780000+0xa000 R
  mailbox 0x406000+0x1000 RW
  smem 0x80900000+0x200000 RW
  cmd_db 0x80860000+0x20000 RW
  aoss_msg_ram 0xc300000+0x100000 RW
  clk_ctl 0x100000+0x1f0000 RW
  rpmh_pdc 0xb2b0000+0x10000 RW
  rpmh_seqmem 0xb4b0000+0x10000 RW
  rpmh_bcm 0xbbf0000+0x2000 RW
  ddr_reg 0x9080000+0x1000 RW
  llcc_bdcast 0x9600000+0x58000 RW
  llcc0 0x9200000+0x58000 RW
  llcc1 0x9280000+0x58000 RW
  rdpm 0x634000+0x4000 RW
`);

/** WPSS: the one table that has no smem. */
export const KODIAK_WPSS_TABLE = parseDevmemTable(`
  wlan_fw_mem 0x80c00000+0xc00000 RW
  wlan_ce_mem 0x4cd000+0x1000 RW
`);

/**
 * Modem. Model assumption: no table of it is public, and Linux 7.2 has no EL2 overlay that would ask for one.
 * Its entries are those that the tables of ADSP and CDSP share, with smem.
 */
export const KODIAK_MODEM_TABLE = parseDevmemTable(`
  tcsr_2 0x1fc0000+0x30000 RW
  tcsr_mutex 0x1f40000+0x20000 RW
  smem 0x80900000+0x200000 RW
  gcc 0x100000+0x1f0000 RW
  cmd_db 0x80860000+0x20000 RW
`);
