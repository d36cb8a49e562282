import { Command, Option } from 'commander';
import { type Blame, blameFor, type WantedTarget } from '../../app/blame-target.ts';
import { citedEventData } from '../../app/cite-event.ts';
import { InputError } from '../../base/input-error.ts';
import type { CommandContext } from '../command-context.ts';
import { EventLines } from '../event-lines.ts';
import { EXIT } from '../exit-code.ts';
import { toJson } from '../json.ts';
import { addressNumber, wordNumber } from '../option.ts';
import { momentOption } from './moment-option.ts';

interface BlameOptions {
  readonly pa?: number;
  readonly iova?: number;
  readonly subject?: string;
  readonly space?: string;
  readonly region?: string;
  readonly bridge?: bigint;
  readonly stream?: number;
  readonly at?: string;
  readonly all?: boolean;
  readonly boot?: string;
  readonly format: 'text' | 'json';
}

export function blameCommand(context: () => CommandContext): Command {
  return new Command('blame')
    .summary('who last changed an address, region, bridge, stream or processor')
    .description(
      'Prints the last event before a moment of each way in which something was touched: mapped, unmapped, page-table ' +
        'entries written, bridged, assigned, loaded, configured … The last line is the latest. Name one thing: an ' +
        'address, a region, a bridge, a stream or a subject. Exits with 1 when no event touched it.',
    )
    .argument('<db>', 'history, or a log as for import')
    .option('--pa <address>', 'a physical address', addressNumber)
    .option(
      '--iova <address>',
      'an I/O address; of one --subject or --space, where those are given',
      addressNumber,
    )
    .option('--subject <name>', 'a remote processor, device …; with --iova only what is about it')
    .option(
      '--space <name>',
      'with --iova: only in this address space; where nobody named one, nothing is found',
    )
    .option('--region <name>', 'a reserved region, such as pil-adsp')
    .option('--bridge <handle>', 'an SHM bridge, by handle', wordNumber)
    .option('--stream <sid>', 'a stream of the SMMU, with its context bank', addressNumber)
    .addOption(momentOption())
    .option('--all', 'the whole history, not only the last of each way')
    .option('--boot <boot>', 'boot, by number or name, of a history that holds several')
    .addOption(new Option('--format <format>', 'how to print it').choices(['text', 'json']).default('text'))
    .action((file: string, options: BlameOptions) => {
      const { terminal, style, exitWith } = context();
      const { boot, at, all = false } = options;
      const found = blameFor({ file, boot, at, target: wantedTarget(options), wantsAll: all });
      if (options.format === 'json') {
        terminal.out(`${toJson(blameToData(found), 2)}\n`);
      } else {
        const lines = new EventLines(terminal, style);
        for (const { touch, listed } of found.touches) {
          if (!lines.add({ ...listed, text: `${touch.padEnd(TOUCH_WIDTH)} ${listed.text}` })) return;
        }
        lines.flush();
      }
      if (found.touches.length > 0) return;
      exitWith(EXIT.findings);
      terminal.err(`trace: no event up to #${found.at?.seq ?? 0} touched it\n`);
    });
}

const TOUCH_WIDTH = 9;

/** The one thing that the options name. */
function wantedTarget({ pa, iova, subject, space, region, bridge, stream }: BlameOptions): WantedTarget {
  const targets: WantedTarget[] = [];
  if (pa !== undefined) targets.push({ type: 'pa', address: pa });
  if (iova !== undefined)
    targets.push({ type: 'iova', address: iova, subject: subject ?? null, space: space ?? null });
  else if (subject !== undefined) targets.push({ type: 'subject', name: subject });
  if (region !== undefined) targets.push({ type: 'region', name: region });
  if (bridge !== undefined) targets.push({ type: 'bridge', handle: bridge });
  if (stream !== undefined) targets.push({ type: 'stream', streamId: stream });
  if (space !== undefined && iova === undefined) throw new InputError('--space goes with --iova');
  const [target, other] = targets;
  if (target === undefined || other !== undefined)
    throw new InputError('name one of --pa, --iova, --region, --bridge, --subject, --stream');
  return target;
}

function blameToData({ at, target, touches }: Blame): unknown {
  return {
    at,
    target: targetToData(target),
    touches: touches.map(({ touch, listed }) => ({ touch, ...citedEventData(listed) })),
  };
}

function targetToData(target: Blame['target']): unknown {
  if (target.type !== 'stream') return target;
  return { type: target.type, stream_id: target.streamId };
}
