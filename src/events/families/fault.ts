import { defineEvent } from '../define-event.ts';
import { symbol } from '../field.ts';

export const faultInjected = defineEvent({
  kind: 'fault.injected',
  doc: 'The simulator made something go wrong on purpose.',
  fields: {
    fault: symbol('identity', 'Failure mode, such as `F-53`'),
    target: symbol('identity', 'What it was done to'),
  },
  render: (e) => `fault ${e.fault} injected into ${e.target}`,
});
