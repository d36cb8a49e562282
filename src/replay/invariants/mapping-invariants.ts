import { hex } from '../../base/word.ts';
import { renderPasId } from '../../soc/pas-id.ts';
import { SMC_COMMAND_NAME as CALL } from '../../soc/smc-command.ts';
import type { BootView } from './boot-view.ts';
import { EVERY_LEVEL, type Invariant } from './invariant.ts';
import { callName } from './linux-calls.ts';
import { whenSettled } from './settled.ts';

/** Address space that an event about a mapping is of: a trace names none, but tells whose it is. */
function spaceName(event: {
  readonly subject: string | null;
  readonly payload: { readonly space: string | null };
}) {
  return event.payload.space ?? event.subject;
}

function isOwnCarveout(boot: BootView, subject: string, pa: number, size: number): boolean {
  return boot.carveouts.some(
    (carveout) => carveout.owner === subject && pa < carveout.pa + carveout.size && carveout.pa < pa + size,
  );
}

/** Invariants of what is mapped for remote processors. */
export const MAPPING_INVARIANTS: readonly Invariant[] = [
  {
    id: 'I3',
    title: 'a carveout is mapped before it is bridged, and unmapped only after the core was shut down',
    levels: [2],
    source: 'domain/07 §9 I3; qcom_pas_start, qcom_pas_stop',
    begin: () => ({
      'shm_bridge.created': ({ payload: { pa, size } }, boot, report) => {
        const owner = boot.carveoutAt(pa, size)?.owner;
        if (owner === undefined || !boot.devices.has(owner)) return;
        if (boot.space(owner)?.covers(pa, size) !== true)
          report({ subject: owner, detail: `${hex(pa)} + ${size} is bridged and not mapped` });
      },
      'mapping.removed': ({ agent, subject, payload: { iova, removed_size } }, boot, report) => {
        if (agent !== 'linux' || subject === null || removed_size === 0) return;
        for (const { pasId, memory, since } of boot.runningImages(subject)) {
          if (memory === null || memory.pa < iova || memory.pa >= iova + removed_size) continue;
          report({
            subject,
            detail: `${hex(iova)} + ${removed_size} is unmapped while ${renderPasId(pasId)} runs from it`,
            evidence: [since],
          });
        }
      },
    }),
  },
  {
    id: 'I6',
    title: 'the mappings of a space share no address, and those of a processor are identical',
    levels: EVERY_LEVEL,
    source: 'domain/07 §9 I6; domain/04 §3',
    begin: () => ({
      'mapping.created': (event, boot, report) => {
        const { subject, payload } = event;
        const { iova, pa, size } = payload;
        if (size === 0) return;
        const others = boot.space(spaceName(event))?.overlapping(iova, size) ?? [];
        if (others.length > 0)
          report({
            subject,
            detail: `${hex(iova)} + ${size} overlaps what is mapped`,
            evidence: others.map(({ seq }) => seq),
          });
        if (subject !== null && boot.processors.has(subject) && iova !== pa)
          report({ subject, detail: `${hex(iova)} is mapped to ${hex(pa)}` });
      },
    }),
  },
  {
    id: 'I7.stop',
    title: 'after a stop no carveout of the processor is mapped',
    levels: EVERY_LEVEL,
    source: 'domain/07 §9 I7; qcom_pas_stop',
    begin: () => ({
      'remoteproc.state_changed': ({ payload: { name, state } }, boot, report) => {
        if (state !== 'offline') return;
        for (const space of boot.spacesOf(name))
          for (const { pa, size, owner } of boot.carveouts) {
            const left = owner === name ? space.overlapping(pa, size) : [];
            if (left.length > 0)
              report({
                subject: name,
                detail: `${hex(pa)} is still mapped in ${space.name}`,
                evidence: left.map(({ seq }) => seq),
              });
          }
      },
    }),
  },
  {
    id: 'I7.down',
    title: 'a processor that is down has nothing mapped, and its device is back on its default domain',
    levels: EVERY_LEVEL,
    source: 'domain/07 §9 I7; rproc_shutdown, rproc_fw_boot',
    begin: () =>
      whenSettled(({ name }, boot, report) => {
        for (const space of boot.spacesOf(name))
          if (!space.isEmpty)
            report({ subject: name, detail: `${space.name} still maps memory`, evidence: space.origins });
        const device = boot.devices.get(name);
        const attachment = device === undefined ? undefined : boot.state.devices.get(device.device);
        if (attachment === undefined || attachment.domain === null) return;
        if (attachment.domain !== device?.defaultDomain)
          report({
            subject: name,
            detail: `${device?.device} is still attached to ${attachment.domain}`,
            evidence: [attachment.attached],
          });
      }),
  },
  {
    id: 'I8',
    title: 'a recovery asks for no resource table and maps no devmem',
    levels: [2],
    source: 'domain/07 §9 I8; rproc_boot_recovery',
    begin: () => ({
      'smc.requested': ({ agent, subject, payload }, boot, report) => {
        if (agent !== 'linux' || callName(payload.function_id) !== CALL.getResourceTable) return;
        const processor = boot.processors.get(subject ?? '');
        if (processor?.phase === 'recovering')
          report({ subject, detail: 'a recovery asks for a resource table', evidence: [processor.since] });
      },
      'mapping.created': ({ agent, subject, payload: { pa, size } }, boot, report) => {
        if (agent !== 'linux' || subject === null || size === 0) return;
        const processor = boot.processors.get(subject);
        if (processor?.phase === 'recovering' && !isOwnCarveout(boot, subject, pa, size))
          report({ subject, detail: `a recovery maps ${hex(pa)}`, evidence: [processor.since] });
      },
    }),
  },
  {
    id: 'I17',
    title: 'no mapping outlives its space',
    levels: EVERY_LEVEL,
    source: 'rproc_disable_iommu after rproc_resource_cleanup',
    begin: () => ({
      'page_table.destroyed': ({ payload }, boot, report) => {
        const table = boot.state.pageTables.get(payload.root_pa);
        const space = boot.space(table?.space ?? null);
        if (space === undefined || space.isEmpty) return;
        report({
          subject: space.subject,
          detail: `${space.name} is freed with ${space.origins.length} ranges mapped`,
          evidence: [table?.since, ...space.origins],
        });
      },
    }),
  },
  {
    id: 'I18',
    title: 'an unmap finds all that it asks for',
    levels: EVERY_LEVEL,
    source: 'rproc_resource_cleanup, qcom_pas_unmap_carveout; io-pgtable-arm.c warns',
    begin: () => ({
      'mapping.removed': ({ subject, payload: { iova, size, removed_size } }, boot, report) => {
        if (subject !== null && boot.processors.has(subject) && removed_size !== size)
          report({ subject, detail: `${hex(iova)} + ${size}: only ${removed_size} bytes were mapped` });
      },
    }),
  },
];
