import type { Kind } from '../events/catalog.ts';

/** Without an event of these there is no start to follow: a PAS call that came back brings one about. */
export const START_KINDS: ReadonlySet<string> = new Set<Kind>([
  'pas.image_initialised',
  'pas.memory_set_up',
  'pas.authenticated',
  'pas.resource_table_returned',
  'pas.refused',
  'remoteproc.state_changed',
  'remoteproc.failed',
]);

/** The kinds that it looks at. */
export const TRACKED_KINDS: ReadonlySet<string> = new Set<Kind>([
  'boot.started',
  'boot.cpus_started',
  'memory.region_reserved',
  'smc.requested',
  'smc.returned',
  'shm_bridge.enabled',
  'shm_bridge.created',
  'shm_bridge.deleted',
  'smmu.device_attached',
  'mapping.created',
  'mapping.removed',
  'memory.assigned',
  'pas.memory_set_up',
  'pas.resource_table_returned',
  'remoteproc.state_changed',
  'remoteproc.crashed',
  'remoteproc.interrupted',
  'remoteproc.memory_accessed',
  'remoteproc.failed',
  'trace.events_lost',
  'trace.buffer_counted',
]);

/**
 * Starts that are followed. A boot has a handful; what has more is a stress test, and what a table could say of its
 * later starts, its first ones say already.
 */
export const START_LIMIT = 200;
