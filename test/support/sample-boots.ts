import { fileURLToPath } from 'node:url';

/** The recorded boots that come with the project, by folder. */
export const SAMPLE_BOOTS = ['el1-boot-stop-boot', 'el2-boot-stop-boot', 'el2-crash-recovery'] as const;

export type SampleBoot = (typeof SAMPLE_BOOTS)[number];

/** The files of a sample boot, as they are given to an import. */
export function sampleFiles(boot: SampleBoot): string[] {
  return ['dmesg.txt', 'pas.ftrace.txt'].map((name) => sampleFile(boot, name));
}

export function sampleFile(boot: SampleBoot, name: string): string {
  return fileURLToPath(new URL(`../../traces/${boot}/${name}`, import.meta.url));
}
