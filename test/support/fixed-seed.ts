import fc from 'fast-check';
import { propertySeed } from './property-runs.ts';

/** Runs before every test file: properties look at the same values each time, unless FC_SEED says otherwise. */
const seed = propertySeed();
fc.configureGlobal(seed === undefined ? {} : { seed });
