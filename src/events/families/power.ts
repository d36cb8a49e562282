import { voteKey } from '../../soc/soc-state.ts';
import { defineEvent } from '../define-event.ts';
import { choice, symbol } from '../field.ts';

export const powerVoted = defineEvent({
  kind: 'power.voted',
  doc: 'A vote for a clock, regulator, power domain or interconnect path.',
  fields: {
    type: choice(
      'identity',
      ['clock', 'regulator', 'power-domain', 'interconnect', 'load-state'],
      'Type of resource',
    ),
    resource: symbol('identity', 'Resource'),
    level: symbol('value', 'Level: `on`, `off`, or a number'),
  },
  render: (e) => `${e.type} ${e.resource}: ${e.level}`,
  reduce: (state, e, { subject, seq }) => {
    const key = voteKey(e.type, e.resource, subject);
    // A level that is voted for again is held since the first time.
    if (state.votes.get(key)?.level === e.level) return;
    state.votes.set(key, { ...e, subject, since: seq });
  },
});
