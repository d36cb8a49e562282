import { citedEventData } from '../app/cite-event.ts';
import type { StepOutcome, Stop } from '../app/step-boot.ts';
import { STEP_COMMANDS, type StepCommand } from '../app/step-commands.ts';
import { listedSectionToData, sectionToData, stateToData } from './state-data.ts';
import { reasonsToData } from './why-data.ts';

/** What a command of a walk came to, as `--format json` prints it; undefined where there is nothing to print. */
export function outcomeToData({ name, argument }: StepCommand, outcome: StepOutcome): unknown {
  const command = argument === '' ? name : `${name} ${argument}`;
  switch (outcome.type) {
    case 'stop':
      return { command, ...stopToData(outcome.stop) };
    case 'state':
      return { command, seq: outcome.state.at.seq, ...(stateToData(outcome.state) as object) };
    case 'why':
      return { command, seq: outcome.seq, ...(reasonsToData(outcome.reasons) as object) };
    case 'help':
      return { command, commands: STEP_COMMANDS };
    case 'nothing':
    case 'quit':
      return undefined;
  }
}

function stopToData(stop: Stop): Record<string, unknown> {
  return {
    seq: stop.seq,
    total: stop.total,
    t_ns: stop.listed.event.t_ns,
    moments: stop.moments,
    failure: stop.isFailure,
    event: citedEventData(stop.listed),
    before: stop.before.map(citedEventData),
    after: stop.after.map(citedEventData),
    cause: stop.cause === null ? null : citedEventData(stop.cause),
    changes: stop.changes.map(sectionToData),
    watched: stop.watched.map(listedSectionToData),
  };
}
