import type { BootEvent } from '../../src/events/catalog.ts';
import { SMC_REISSUE_FUNCTION_ID } from '../../src/soc/smc-function.ts';

/** What is wrong with the events of a simulated boot, whatever was simulated: an empty list for a sound one. */
export function flawsOfBoot(events: readonly BootEvent[], processors: readonly string[]): string[] {
  const flaws: string[] = [];
  const openCalls = new Map<number, number>();
  let now = 0;
  for (const [index, event] of events.entries()) {
    const tell = (what: string) => void flaws.push(`event ${index + 1}, ${event.kind}: ${what}`);
    const { seq, t_ns, cause } = event;
    if (seq !== index + 1) tell(`is numbered ${seq}`);
    if (cause !== null && !(cause >= 1 && cause < seq)) tell(`is caused by ${cause}`);
    if (t_ns === null || !Number.isSafeInteger(t_ns) || t_ns < now) tell(`is at ${t_ns}, after ${now}`);
    now = t_ns ?? now;
    if (event.kind === 'smc.requested') {
      const { function_id } = event.payload;
      if (function_id !== SMC_REISSUE_FUNCTION_ID) openCalls.set(seq, function_id);
    } else if (event.kind === 'smc.returned') {
      if (openCalls.get(cause ?? 0) !== event.payload.function_id) tell('answers no open call');
      openCalls.delete(cause ?? 0);
    } else if (event.kind.startsWith('remoteproc.')) {
      if (!processors.includes(event.subject ?? '')) tell(`is about ${event.subject}`);
      if ('name' in event.payload && event.payload.name !== event.subject)
        tell(`names ${event.payload.name} and is about ${event.subject}`);
    }
  }
  if (events.at(0)?.kind !== 'boot.started') flaws.push('does not begin with boot.started');
  if (events.at(-1)?.kind !== 'boot.finished') flaws.push('does not end with boot.finished');
  return flaws;
}
