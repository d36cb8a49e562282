import type { BootEvent } from '../events/catalog.ts';
import type { SocState } from '../soc/soc-state.ts';
import { walkTable } from '../soc/walk.ts';

/**
 * Roots of the translation tables that the writing of a descriptor may change: those from which a walk of its input
 * address comes to it. What is written to a table that nothing leads to yet changes none. Null for any other event.
 */
export function tablesChangedBy(event: BootEvent, { pageTables, tableMemory }: SocState): number[] | null {
  if (event.kind !== 'page_table.entry_written') return null;
  const { table_pa, index, iova } = event.payload;
  const written = table_pa + index * 8;
  return [...pageTables]
    .filter(([rootPa, { stage, address_bits, start_level }]) => {
      const table = {
        stage: stage === 2 ? (2 as const) : (1 as const),
        rootPa,
        inputBits: address_bits,
        startLevel: start_level,
      };
      const { steps } = walkTable(table, iova, (pa) => tableMemory.read(pa));
      return steps.some(({ pa }) => pa === written);
    })
    .map(([rootPa]) => rootPa);
}
