import type { Rule } from './finding.ts';
import { BRIDGE_RULES } from './rules/bridge-rules.ts';
import { CALL_RULES } from './rules/call-rules.ts';
import { DEVMEM_RULES } from './rules/devmem-rules.ts';
import { HYPERVISOR_SERVICE_RULES } from './rules/hypervisor-service-rules.ts';
import { IMAGE_RULES } from './rules/image-rules.ts';
import { INFRASTRUCTURE_RULES } from './rules/infrastructure-rules.ts';
import { LIFE_CYCLE_RULES } from './rules/life-cycle-rules.ts';
import { MAPPING_RULES } from './rules/mapping-rules.ts';
import { MODE_RULES } from './rules/mode-rules.ts';
import { OWNERSHIP_RULES } from './rules/ownership-rules.ts';
import { RESOURCE_TABLE_RULES } from './rules/resource-table-rules.ts';
import { STREAM_RULES } from './rules/stream-rules.ts';
import { UNEXPLAINED_RULES } from './rules/unexplained-rules.ts';
import { UNPLACED_FAULT_RULES } from './rules/unplaced-fault-rules.ts';

/** Every rule, in the order in which those of one stage are asked. */
export const RULES: readonly Rule[] = [
  ...MODE_RULES,
  ...RESOURCE_TABLE_RULES,
  ...DEVMEM_RULES,
  ...STREAM_RULES,
  ...MAPPING_RULES,
  ...UNPLACED_FAULT_RULES,
  ...BRIDGE_RULES,
  ...OWNERSHIP_RULES,
  ...CALL_RULES,
  ...IMAGE_RULES,
  ...LIFE_CYCLE_RULES,
  ...HYPERVISOR_SERVICE_RULES,
  ...UNEXPLAINED_RULES,
  ...INFRASTRUCTURE_RULES,
];
