import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

// House rules, most of which the compiler, the linter and the layer table cannot express. Each one carries
// what it must catch, so that a rule which has stopped working fails as loudly as one that is broken.

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const UNTRACKED = new Set(['node_modules', 'dist', 'out', 'coverage']);
const DOT_FOLDERS = new Set(['.ci', '.github']);
const LONGEST_FILE = 450;

/** Source files longer than LONGEST_FILE, with the length that each may not exceed. The aim is an empty list. */
const LONG_FILES: Readonly<Record<string, number>> = {};

interface Source {
  readonly path: string;
  readonly text: string;
}

interface Rule {
  readonly name: string;
  readonly appliesTo: (path: string) => boolean;
  /** One line for each violation. */
  readonly check: (source: Source) => string[];
  /** A place where the rule holds, and texts each of which it must catch there. */
  readonly catches: { readonly path: string; readonly texts: readonly string[] };
}

const isSource = (path: string) => path.startsWith('src/') && path.endsWith('.ts');
const isCode = (path: string) => /^(?:src|test|tools)\/.*\.(?:ts|mjs)$/.test(path);
const isBelowApp = (path: string) => isSource(path) && !/^src\/(?:cli|app)\//.test(path);
const isDocument = (path: string) => /^(?:README|ARCHITECTURE|CONTRIBUTING|CHANGELOG)\.md$/.test(path);

function forbidInText(pattern: RegExp, advice: string): Rule['check'] {
  return ({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const match = line.match(pattern);
      return match ? [`${path}:${index + 1}: ${match[0]}: ${advice}`] : [];
    });
}

/** Like forbidInText, but a comment may name what code may not do. */
function forbidInCode(pattern: RegExp, advice: string): Rule['check'] {
  const check = forbidInText(pattern, advice);
  return ({ path, text }) =>
    check({ path, text: text.replace(/^[ \t]*(?:\/\/|\/?\*).*|[ \t]\/\/ .*$/gm, '') });
}

function forbidInPath(pattern: RegExp, advice: string): Rule['check'] {
  return ({ path }) => (pattern.test(path) ? [`${path}: ${advice}`] : []);
}

function checkLength({ path, text }: Source): string[] {
  const lines = text.split('\n').length - 1;
  const limit = LONG_FILES[path] ?? LONGEST_FILE;
  return lines > limit ? [`${path}: ${lines} lines, at most ${limit}: has it two subjects?`] : [];
}

function checkOneTitle({ path, text }: Source): string[] {
  const prose = text.replace(/^```.*?^```/gms, '');
  const titles = prose.match(/^# /gm)?.length ?? 0;
  return titles === 1 ? [] : [`${path}: ${titles} first-level headings, exactly one wanted`];
}

function checkLinks({ path, text }: Source): string[] {
  const prose = text.replace(/^```.*?^```/gms, '').replace(/`[^`\n]*`/g, '');
  return Array.from(prose.matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g), ([, target = '']) => target)
    .filter((target) => !existsSync(join(ROOT, dirname(path), target)))
    .map((target) => `${path}: links to ${target}, which is not there`);
}

function words(list: readonly string[], flags = ''): RegExp {
  return new RegExp(`\\b(?:${list.join('|')})\\b`, flags);
}

// Put together from halves, so that this file keeps its own rules.
const UNFINISHED = words(['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX']);
const MAKERS = words(['A' + 'I', 'LL' + 'Ms?']);
const MAKERS_ANY_CASE = words(
  [
    'anth' + 'ropic',
    'ass' + 'istants?',
    'chat' + 'gpt',
    'cla' + 'ude',
    'cod' + 'ex',
    'cop' + 'ilot',
    'gem' + 'ini',
    'open' + 'ai',
  ],
  'i',
);
const REGISTRY = new RegExp('//regis' + 'try\\.|regis' + 'try\\.npmjs|//npm\\.');

const RULES: readonly Rule[] = [
  {
    name: 'no clock outside the edge',
    appliesTo: isBelowApp,
    check: forbidInCode(
      /\bDate\.now\b|\bnew Date\b|\bperformance\.now\b|\bprocess\.hrtime\b/,
      'time is an argument',
    ),
    catches: {
      path: 'src/diff/x.ts',
      texts: [
        'const t = Date.now();',
        'const t = new Date(0);',
        'performance.now()',
        'process.hrtime.bigint()',
      ],
    },
  },
  {
    name: 'no randomness outside the edge',
    appliesTo: isBelowApp,
    check: forbidInCode(
      /\bMath\.random\b|\brandomUUID\b|\brandomBytes\b|\bgetRandomValues\b/,
      'the seed is an argument',
    ),
    catches: {
      path: 'src/simulator/x.ts',
      texts: [
        'return Math.random();',
        'crypto.randomUUID()',
        'randomBytes(8)',
        'crypto.getRandomValues(bytes)',
      ],
    },
  },
  {
    name: 'no locale outside the edge',
    appliesTo: isBelowApp,
    check: forbidInCode(
      /\blocaleCompare\b|\btoLocale\w*|\bIntl\./,
      'the same input gives the same bytes everywhere',
    ),
    catches: {
      path: 'src/export/x.ts',
      texts: ['names.sort((a, b) => a.localeCompare(b));', 'n.toLocaleString()', 'new Intl.NumberFormat()'],
    },
  },
  {
    name: 'no default export',
    appliesTo: isSource,
    check: forbidInCode(/^\s*export default\b|\bas default\b/, 'a thing has one name everywhere'),
    catches: { path: 'src/diff/x.ts', texts: ['export default function x() {}', 'export { x as default };'] },
  },
  {
    name: 'no index.ts',
    appliesTo: isCode,
    check: forbidInPath(/\/index\.[cm]?[jt]s$/, 'import from the file that defines the thing'),
    catches: { path: 'src/diff/index.ts', texts: [''] },
  },
  {
    name: 'no drawers for odds and ends',
    appliesTo: isCode,
    check: forbidInPath(/\b(?:utils?|helpers?)\b/, 'name the file after what it holds'),
    catches: { path: 'src/base/string-utils.ts', texts: [''] },
  },
  {
    name: 'nothing left unfinished',
    appliesTo: isCode,
    check: forbidInText(UNFINISHED, 'finish it, or open an issue'),
    catches: {
      path: 'src/diff/x.ts',
      texts: [`// ${'TO'}${'DO'}: later`, `${'FIX'}${'ME'}`, `${'X'}${'XX'}`],
    },
  },
  {
    name: `no file over ${LONGEST_FILE} lines`,
    appliesTo: isSource,
    check: checkLength,
    catches: { path: 'src/diff/x.ts', texts: ['\n'.repeat(LONGEST_FILE + 1)] },
  },
  {
    name: 'a test says of which kind it is',
    appliesTo: (path) => path.endsWith('.test.ts'),
    check: forbidInPath(
      /^(?!test\/.*\.(?:unit|prop|golden|int)\.test\.ts$)/,
      'test/….unit|prop|golden|int.test.ts',
    ),
    catches: { path: 'test/unit/diff.test.ts', texts: [''] },
  },
  {
    name: 'one title in each document',
    appliesTo: isDocument,
    check: checkOneTitle,
    catches: { path: 'README.md', texts: ['# One\n\n# Two\n', 'No title\n', '```sh\n# not a title\n```\n'] },
  },
  {
    name: 'a link in a document leads to a file',
    appliesTo: (path) => path.endsWith('.md'),
    check: checkLinks,
    catches: { path: 'docs/x.md', texts: ['[a](none.md)', 'see [b](../test/none.test.ts#c)'] },
  },
  {
    name: 'the project speaks about boots, not about how it is made',
    appliesTo: (path) => path !== 'LICENSE' && path !== 'package-lock.json',
    check: (source) =>
      [MAKERS, MAKERS_ANY_CASE].flatMap((word) => forbidInText(word, 'leave it out')(source)),
    catches: {
      path: 'docs/x.md',
      texts: [
        `Ask your ${'Assi' + 'stant'}.`,
        `made by ${'A'}${'I'}`,
        `${'LL'}${'Ms'}`,
        `${'CLA'}${'UDE'}.md`,
      ],
    },
  },
  {
    name: 'no registry is named',
    appliesTo: () => true,
    check: forbidInText(REGISTRY, 'the package manager knows where to look'),
    catches: { path: '.npmrc', texts: [`x=https://${'registry'}.example.org/`] },
  },
];

/** Every text file that a commit would hold. Walks the folder, to work in an unpacked archive as well. */
function readProject(folder = ROOT): Source[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      const isSkipped =
        UNTRACKED.has(entry.name) || (entry.name.startsWith('.') && !DOT_FOLDERS.has(entry.name));
      return isSkipped ? [] : readProject(path);
    }
    if (!entry.isFile() || /\.db(?:-wal|-shm)?$/.test(entry.name)) return [];
    const text = readFileSync(path, 'latin1');
    return text.includes('\0') ? [] : [{ path: relative(ROOT, path), text }];
  });
}

const project = readProject();

describe('house rules', () => {
  test('there is something to check', () => {
    expect(project.filter(({ path }) => isSource(path)).length).toBeGreaterThan(10);
  });

  describe.each(RULES)('$name', (rule) => {
    test('holds everywhere', () => {
      const violations = project.filter(({ path }) => rule.appliesTo(path)).flatMap(rule.check);
      expect(violations.join('\n')).toBe('');
    });

    test('catches what it is for', () => {
      const { path, texts } = rule.catches;
      expect(rule.appliesTo(path)).toBe(true);
      expect(texts.filter((text) => rule.check({ path, text }).length === 0)).toEqual([]);
    });
  });

  test('a file that has become short leaves the list of long files', () => {
    const stale = Object.keys(LONG_FILES).filter((path) => {
      const source = project.find((file) => file.path === path);
      return source === undefined || source.text.split('\n').length - 1 <= LONGEST_FILE;
    });
    expect(stale).toEqual([]);
  });
});
