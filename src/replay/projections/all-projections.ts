import { bootFactProjection } from './boot-fact.ts';
import { mappingProjection } from './mapping.ts';
import { memoryOwnerProjection } from './memory-owner.ts';
import { pageTableEntryProjection } from './page-table-entry.ts';
import type { Projection } from './projection.ts';
import { remoteprocStateProjection } from './remoteproc-state.ts';
import { shmBridgeProjection } from './shm-bridge.ts';
import { smcProjection } from './smc.ts';
import { subjectNameProjection } from './subject-name.ts';

/** Every projection there is: the one place to register one. Tables, checks and types follow from it. */
export const PROJECTION_LIST = [
  bootFactProjection,
  smcProjection,
  mappingProjection,
  pageTableEntryProjection,
  shmBridgeProjection,
  memoryOwnerProjection,
  remoteprocStateProjection,
  subjectNameProjection,
] as const;

/** The list for code that treats all projections alike. */
export const PROJECTIONS: readonly Projection[] = [...PROJECTION_LIST];
