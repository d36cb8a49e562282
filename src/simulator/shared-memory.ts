/** Names of the resource-table entry through which a core talks to Linux: without it, it never becomes ready. */
export const SHARED_MEMORY = /^(?:smem|dsp_shared)$/;
