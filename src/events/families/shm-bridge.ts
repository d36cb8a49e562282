import { renderSize } from '../../base/size.ts';
import { hex } from '../../base/word.ts';
import { renderPermissions } from '../../soc/smc-command.ts';
import { defineEvent } from '../define-event.ts';
import { address, integer, size, word } from '../field.ts';

export const shmBridgeEnabled = defineEvent({
  kind: 'shm_bridge.enabled',
  doc: 'TrustZone checks from now on that buffers lie inside a bridge.',
  fields: {},
  render: () => 'SHM bridges enabled',
  reduce: (state) => {
    state.bridgesEnabled = true;
    // Below a hypervisor, which makes and deletes bridges within the calls that it traps, Linux tells of none of them.
    if (state.exceptionLevel === 2) state.told.bridges = true;
  },
});

export const shmBridgeCreated = defineEvent({
  kind: 'shm_bridge.created',
  doc: 'Memory was opened to TrustZone. From a trace this follows from a SHM_BRIDGE_CREATE that returned 0.',
  fields: {
    handle: word('volatile', 'Handle'),
    pa: address('identity', 'First physical address; of a pool it varies from boot to boot'),
    size: size('value', 'Bytes'),
    ns_permissions: integer('value', 'Permissions of the non-secure side: 4 read, 2 write, 1 execute'),
    s_permissions: integer('value', 'Permissions of the secure side'),
  },
  render: (e) =>
    `bridge ${hex(e.handle)} over ${hex(e.pa)} + ${renderSize(e.size)} ${renderPermissions(e.ns_permissions)}/${renderPermissions(e.s_permissions)}`,
  reduce: (state, e, envelope) => {
    const { handle, ...bridge } = e;
    state.told.bridges = true;
    state.bridges.set(handle, { ...bridge, since: envelope.seq });
  },
});

export const shmBridgeDeleted = defineEvent({
  kind: 'shm_bridge.deleted',
  doc: 'A bridge was taken down.',
  fields: { handle: word('volatile', 'Handle') },
  render: (e) => `bridge ${hex(e.handle)} deleted`,
  reduce: (state, e) => {
    state.told.bridges = true;
    state.bridges.delete(e.handle);
  },
});
