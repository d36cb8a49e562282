import { counted } from '../../base/count.ts';
import { renderSize } from '../../base/size.ts';
import { hex } from '../../base/word.ts';
import { renderErrno } from '../../soc/errno.ts';
import { renderPasId } from '../../soc/pas-id.ts';
import type { PasState, SocState } from '../../soc/soc-state.ts';
import { defineEvent } from '../define-event.ts';
import { address, errno, flag, integer, optional, size, symbol } from '../field.ts';

const pasId = () => integer('identity', 'PAS id');

/** TrustZone went on with a peripheral; where its firmware is, it remembers from step to step. */
function step(
  state: SocState,
  id: number,
  name: PasState['step'],
  seq: number,
  memory: PasState['memory'] = state.pas.get(id)?.memory ?? null,
): void {
  state.pas.set(id, { step: name, since: seq, memory });
}

export const pasContextCreated = defineEvent({
  kind: 'pas.context_created',
  doc: 'The driver made a PAS context (devm_qcom_scm_pas_context_alloc).',
  fields: {
    pas_id: pasId(),
    uses_tzmem: flag('value', 'Metadata comes from the TrustZone memory pool: the node has `iommus`'),
  },
  render: (e) => `PAS context for ${renderPasId(e.pas_id)}${e.uses_tzmem ? ' in tzmem' : ''}`,
});

export const pasMetadataPrepared = defineEvent({
  kind: 'pas.metadata_prepared',
  doc: 'ELF headers and hash segment were copied to where TrustZone may read them.',
  fields: {
    pas_id: pasId(),
    pa: address('volatile', 'First physical address'),
    size: size('value', 'Bytes'),
  },
  render: (e) => `metadata of ${renderPasId(e.pas_id)} at ${hex(e.pa)} + ${renderSize(e.size)}`,
});

export const pasMetadataReleased = defineEvent({
  kind: 'pas.metadata_released',
  doc: 'The metadata buffer was given back.',
  fields: { pas_id: pasId() },
  render: (e) => `metadata of ${renderPasId(e.pas_id)} released`,
});

export const pasImageInitialised = defineEvent({
  kind: 'pas.image_initialised',
  doc: 'TrustZone accepted the metadata (PAS_INIT_IMAGE returned 0).',
  fields: { pas_id: pasId(), metadata_pa: address('volatile', 'Where the metadata lay') },
  render: (e) => `${renderPasId(e.pas_id)}: image initialised, metadata at ${hex(e.metadata_pa)}`,
  reduce: (state, e, envelope) => step(state, e.pas_id, 'image-initialised', envelope.seq, null),
});

export const pasMemorySetUp = defineEvent({
  kind: 'pas.memory_set_up',
  doc: 'TrustZone knows where the firmware will be (PAS_MEM_SETUP returned 0).',
  fields: {
    pas_id: pasId(),
    pa: address('value', 'Carveout base'),
    size: size('value', 'Bytes of the image'),
  },
  render: (e) => `${renderPasId(e.pas_id)}: firmware memory ${hex(e.pa)} + ${renderSize(e.size)}`,
  reduce: (state, e, envelope) =>
    step(state, e.pas_id, 'memory-set-up', envelope.seq, { pa: e.pa, size: e.size }),
});

export const pasAuthenticated = defineEvent({
  kind: 'pas.authenticated',
  doc: 'TrustZone authenticated the firmware and released the core from reset (PAS_AUTH_AND_RESET returned 0).',
  fields: { pas_id: pasId() },
  render: (e) => `${renderPasId(e.pas_id)}: authenticated, reset released`,
  reduce: (state, e, envelope) => step(state, e.pas_id, 'running', envelope.seq),
});

export const pasShutDown = defineEvent({
  kind: 'pas.shut_down',
  doc: 'TrustZone stopped the core (PAS_SHUTDOWN returned 0).',
  fields: { pas_id: pasId() },
  render: (e) => `${renderPasId(e.pas_id)}: shut down`,
  reduce: (state, e, envelope) => step(state, e.pas_id, 'shut-down', envelope.seq, null),
});

export const pasResourceTableReturned = defineEvent({
  kind: 'pas.resource_table_returned',
  doc: 'TrustZone gave the list of what the core may reach (PAS_GET_RSCTABLE returned 0).',
  fields: {
    pas_id: pasId(),
    size: size('value', 'Bytes of the table'),
    entry_count: optional(integer('value', 'Entries, when the table itself is known')),
  },
  render: (e) =>
    `${renderPasId(e.pas_id)}: resource table of ${renderSize(e.size)} bytes${e.entry_count === null ? '' : `, ${counted(e.entry_count, 'entry', 'entries')}`}`,
});

export const pasRefused = defineEvent({
  kind: 'pas.refused',
  doc: 'TrustZone, or the hypervisor before it, refused a PAS call.',
  fields: {
    pas_id: pasId(),
    call: symbol('identity', 'Call, such as PAS_INIT_IMAGE'),
    errno: errno('value', 'What the driver sees; positive when the firmware returned a result code'),
  },
  render: (e) => `${renderPasId(e.pas_id)}: ${e.call} refused, ${renderErrno(e.errno)}`,
  isFailure: () => true,
});
