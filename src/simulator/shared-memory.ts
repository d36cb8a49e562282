/** Names of the resource-table entry through which a core talks to Linux: without it, it never becomes ready. */
export const SHARED_MEMORY = /^(?:smem|dsp_shared)$/;

/** Name of the reserved region that FastRPC hands to the audio DSP. */
export const FASTRPC_HEAP = /^adsp-rpc-remote-heap/;

/** Remote processor that it is for. */
export const HEAP_OWNER = 'adsp';
