import { parseDevmemTable } from '../../devmem-table.ts';

// Model assumption: no table of Monaco is public. These keep of Lemans' tables what is at the same address on
// both (hardware mutex, IPC, RPMh, TLMM, IMEM) and have the regions of Monaco's own device tree.

/** ADSP. */
export const MONACO_LPASS_TABLE = parseDevmemTable(`
  lpass_ipc_mproc 0x403000+0x1000 RW
  ipc_mode 0x4fc000+0x1000 R
  hw_mutex 0x1f40000+0x40000 RW
  tcsr_ro 0x1fc0000+0x29000 R
  rpmh_bcm 0xbbf0000+0x2000 R
  rpmh_drv_lpass 0xc340000+0x1000 RW
  tlmm 0xf000000+0x1000000 RW
  sys_imem 0x146d8000+0x1000 RW
  aop_cmd_db 0x90860000+0x20000 R
  smem 0x90900000+0x200000 RW
`);

/** CDSP. */
export const MONACO_CDSP_TABLE = parseDevmemTable(`
  mproc_ipc_cfg 0x406000+0x1000 RW
  mproc_ipc 0x412000+0x1000 RW
  ipc_mode 0x4fc000+0x1000 R
  hw_mutex 0x1f40000+0x40000 RW
  tcsr_ro 0x1fc0000+0x2b000 R
  rpmh_bcm 0xbbf0000+0x2000 R
  rpmh_drv_cdsp 0xc330000+0x1000 RW
  tlmm 0xf000000+0x1000000 RW
  sys_imem 0x146d8000+0x1000 RW
  aop_cmd_db 0x90860000+0x20000 R
  smem 0x90900000+0x200000 RW
`);

/** GPDSP. */
export const MONACO_GPDSP_TABLE = parseDevmemTable(`
  mproc_ipc_cfg 0x406000+0x1000 RW
  mproc_ipc 0x412000+0x1000 RW
  mproc_ipc1 0x41f000+0x1000 RW
  ipc_mode 0x4fc000+0x1000 R
  hw_mutex 0x1f40000+0x40000 RW
  tcsr_rw 0x1fc0000+0x9000 RW
  tcsr_ro 0x1fc9000+0x22000 R
  rpmh_bcm 0xbbf0000+0x2000 R
  rpmh_drv_gpdsp 0xc330000+0x1000 RW
  tlmm 0xf000000+0x1000000 RW
  sys_imem 0x146d8000+0x1000 RW
  aop_cmd_db 0x90860000+0x20000 R
  smem 0x90900000+0x200000 RW
`);
