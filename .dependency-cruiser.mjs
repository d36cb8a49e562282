// Who may import whom, checked by `npm run layers`. Type-only imports count: a type is a dependency of thought.

const PURE = ['base', 'soc', 'events', 'replay', 'simulator', 'kernel-logs', 'diff', 'diagnosis'];
const CORE = ['base', 'soc', 'events', 'replay'];

/** The architecture in one table: each folder under src, the folders that it may import, and what to do instead. */
const LAYERS = {
  base: {
    imports: [],
    advice: 'base is what everything stands on: give the caller an argument instead of an import.',
  },
  soc: {
    imports: ['base'],
    advice: 'soc says what a machine is, not what happened to it: that belongs in events.',
  },
  events: {
    imports: ['base', 'soc'],
    advice: 'An event knows its fields and its reducer, never who replays, stores or prints it.',
  },
  replay: {
    imports: ['base', 'soc', 'events'],
    advice:
      'replay folds events from anywhere: pass it an iterable instead of importing where they come from.',
  },
  simulator: {
    imports: CORE,
    advice: 'The simulator decides and events evolve: share through events, or wire the two in app.',
  },
  'kernel-logs': {
    imports: CORE,
    advice: 'A recogniser makes events from lines: wire it to other layers in app.',
  },
  diff: {
    imports: CORE,
    advice: 'diff compares two histories: let app hand it the events.',
  },
  diagnosis: {
    imports: CORE,
    advice: 'A rule sees events and state only: let app hand it what else it needs.',
  },
  store: {
    imports: CORE,
    advice: 'store keeps events and knows no reader of them: read models belong in queries.',
  },
  queries: {
    imports: [...CORE, 'store'],
    advice: 'queries read what store keeps: work on events themselves belongs in a pure layer.',
  },
  export: {
    imports: [...CORE, 'diff', 'diagnosis', 'queries'],
    advice: 'An exporter turns what it is given into bytes: let app fetch the rest.',
  },
  app: {
    imports: [...PURE, 'store', 'queries', 'export'],
    advice: 'app is one function a command; flags and terminal rendering belong in cli.',
  },
  cli: {
    imports: ['app', 'base'],
    advice: 'cli is flags -> app -> print: put a use case in app and call that.',
  },
};

// ---- Technical debt: imports that break a rule for now. Each entry wants a reason; the aim is an empty list.
// { rule: 'layer-diff', from: '^src/diff/lanes\\.ts$', to: '^src/store/', why: '…' }
const KNOWN_DEBT = [];

const NPM_KINDS = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-bundled', 'npm-no-pkg', 'npm-unknown'];

const folders = (names) => `^src/(?:${names.join('|')})/`;
const npmPackage = (name) => `(?:^|/)node_modules/(?:@types/)?${name}/|^${name}(?:$|/)`;

const layerRules = Object.entries(LAYERS).map(([layer, { imports, advice }]) => ({
  name: `layer-${layer}`,
  comment: `${layer} may import ${imports.join(', ') || 'nothing'}. ${advice}`,
  from: { path: folders([layer]) },
  to: { path: '^src/', pathNot: folders([layer, ...imports]) },
}));

/** A file that should not exist at all: found when it imports, when it is imported, and when it stands alone. */
const forbiddenFile = (name, path, comment) => [
  { name, comment, from: { path }, to: {} },
  { name, comment, from: { pathNot: path }, to: { path } },
  { name, comment, from: { orphan: true, path }, to: {} },
];

/** A package that only some folders may import. */
const onlyIn = (name, packagePath, where, comment) => ({
  name,
  comment,
  from: { path: '^(?:src|test|tools)/', pathNot: where },
  to: { path: packagePath },
});

const namedRules = [
  {
    name: 'no-cycles',
    comment: 'Files that import each other are one file in disguise: move what both need below them.',
    from: {},
    to: { circular: true },
  },
  ...forbiddenFile(
    'no-barrels',
    '^(?:src|test|tools)/(?:index|.*/index)\\.[cm]?[jt]s$',
    'Import from the file that defines the thing: an index.ts hides dependencies and grows cycles.',
  ),
  {
    name: 'no-src-to-test',
    comment: 'src ships and test and tools do not: move what both need into src.',
    from: { path: '^src/' },
    to: { path: '^(?:test|tools)/' },
  },
  ...forbiddenFile(
    'unknown-layer',
    `^src/(?!(?:${Object.keys(LAYERS).join('|')})/)`,
    'Every file lives in a layer: choose one of the folders, or give a new one its row in the LAYERS table.',
  ),
  {
    name: 'pure-core',
    comment:
      'The core is a function of its arguments: no Node built-ins and no packages (zod in soc and events).',
    from: { path: folders([...PURE.filter((layer) => layer !== 'soc' && layer !== 'events'), 'export']) },
    to: { dependencyTypes: ['core', ...NPM_KINDS] },
  },
  {
    name: 'pure-core',
    comment: 'soc and events are pure too; zod is the one package that they may use, for schemas.',
    from: { path: folders(['soc', 'events']) },
    to: { dependencyTypes: ['core', ...NPM_KINDS], pathNot: npmPackage('zod') },
  },
  onlyIn(
    'sqlite-only-in-store',
    `${npmPackage('better-sqlite3')}|^(?:node:)?sqlite$`,
    '^src/store/|^test/|^tools/',
    'One folder opens SQLite: ask store for what you need, or write a read model in queries.',
  ),
  onlyIn(
    'kysely-only-in-queries',
    npmPackage('kysely'),
    '^src/(?:queries|store)/',
    'Read models live in queries: add one there and call it.',
  ),
  onlyIn(
    'commander-only-in-cli',
    npmPackage('commander'),
    '^src/cli/',
    'Flags are parsed in cli: app takes plain options.',
  ),
  {
    name: 'no-dev-packages-in-src',
    comment:
      'This package is not there when the tool is installed: make it a dependency, or keep it to tests.',
    from: { path: '^src/' },
    to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'no-unresolvable',
    comment:
      'What does not resolve cannot be checked against the table: mend the path, or install the package.',
    from: {},
    to: { couldNotResolve: true },
  },
];

/** Cuts exactly the listed imports out of a rule: the rest of the file, and the rest of the rule, still hold. */
function allowDebt(rule) {
  const debts = KNOWN_DEBT.filter((debt) => debt.rule === rule.name);
  const exceptions = debts.map(({ from }) => ({
    ...rule,
    from: { ...rule.from, path: from },
    to: {
      ...rule.to,
      pathNot: [
        rule.to.pathNot ?? [],
        debts.filter((debt) => debt.from === from).map((debt) => debt.to),
      ].flat(),
    },
  }));
  if (debts.length === 0) return [rule];
  const others = [rule.from.pathNot ?? [], debts.map((debt) => debt.from)].flat();
  return [{ ...rule, from: { ...rule.from, pathNot: others } }, ...exceptions];
}

export default {
  forbidden: [...layerRules, ...namedRules]
    .map((rule) => ({ severity: 'error', ...rule }))
    .flatMap(allowDebt),
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(?:test/fixtures|test/golden/[^/]+|dist|out)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    // Imports as they are written, before the compiler drops the type-only ones.
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
