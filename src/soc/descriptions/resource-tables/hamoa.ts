import { parseDevmemTable } from '../../devmem-table.ts';

// Model assumption: no table of Hamoa is public. These keep of Lemans' tables the hardware mutex, IPC, RPMh and
// TLMM, and have the regions of Hamoa's own device tree.

/** ADSP. */
export const HAMOA_LPASS_TABLE = parseDevmemTable(`
  lpass_ipc_mproc 0x403000+0x1000 RW
  hw_mutex 0x1f40000+0x40000 RW
  rpmh_bcm 0xbbf0000+0x2000 R
  rpmh_drv_lpass 0xc340000+0x1000 RW
  tlmm 0xf000000+0x1000000 RW
  aop_cmd_db 0x81c60000+0x20000 R
  smem 0xffe00000+0x200000 RW
`);

/** CDSP. */
export const HAMOA_CDSP_TABLE = parseDevmemTable(`
  mproc_ipc_cfg 0x406000+0x1000 RW
  hw_mutex 0x1f40000+0x40000 RW
  rpmh_bcm 0xbbf0000+0x2000 R
  rpmh_drv_cdsp 0xc330000+0x1000 RW
  tlmm 0xf000000+0x1000000 RW
  aop_cmd_db 0x81c60000+0x20000 R
  smem 0xffe00000+0x200000 RW
`);
