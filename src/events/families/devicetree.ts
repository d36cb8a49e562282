import { defineEvent } from '../define-event.ts';
import { symbol, text } from '../field.ts';

export const devicetreeOverlayApplied = defineEvent({
  kind: 'devicetree.overlay_applied',
  doc: 'A device-tree overlay became part of the tree that Linux boots with.',
  fields: { overlay: symbol('identity', 'Name of the overlay') },
  render: (e) => `overlay ${e.overlay} applied`,
});

export const devicetreePropertySet = defineEvent({
  kind: 'devicetree.property_set',
  doc: 'A property that decides how Linux boots the SoC, such as `iommus` on a remoteproc node.',
  fields: {
    node: symbol('identity', 'Node'),
    property: symbol('identity', 'Property'),
    value: text('value', 'Value in device-tree syntax'),
  },
  render: (e) => `${e.node}: ${e.property} = ${e.value}`,
});
