import { BOOT_MESSAGES } from './boot-messages.ts';
import { DRIVER_CORE_MESSAGES } from './driver-core-messages.ts';
import { IOMMU_MESSAGES } from './iommu-messages.ts';
import { firstWordOf, type KernelMessage, type Meaning, type Subjects } from './kernel-message.ts';
import { PERIPHERAL_MESSAGES } from './peripheral-messages.ts';
import { REMOTEPROC_MESSAGES } from './remoteproc-messages.ts';
import { SCM_MESSAGES } from './scm-messages.ts';
import { STORAGE_MESSAGES } from './storage-messages.ts';

/** In the order in which they are tried: a text of any device comes after those that are more special. */
export const KERNEL_MESSAGES: readonly KernelMessage[] = [
  ...BOOT_MESSAGES,
  ...REMOTEPROC_MESSAGES,
  ...SCM_MESSAGES,
  ...IOMMU_MESSAGES,
  ...PERIPHERAL_MESSAGES,
  ...STORAGE_MESSAGES,
  ...DRIVER_CORE_MESSAGES,
];

const BY_PLACE_AND_WORD = new Map<string, KernelMessage[]>();
for (const message of KERNEL_MESSAGES) {
  const key = `${message.place} ${message.firstWord}`;
  const sameWord = BY_PLACE_AND_WORD.get(key);
  if (sameWord === undefined) BY_PLACE_AND_WORD.set(key, [message]);
  else sameWord.push(message);
}
const ENDS = KERNEL_MESSAGES.filter(({ place }) => place === 'end');

/** What a whole line means; undefined for one that is not in the tables. */
export function readKernelMessage(text: string, subjects: Subjects): Meaning | undefined {
  const prefixEnd = text.indexOf(': ');
  const afterPrefix = prefixEnd < 0 ? '' : text.slice(prefixEnd + 2);
  const candidates = [
    ...(BY_PLACE_AND_WORD.get(`line ${firstWordOf(text)}`) ?? []),
    ...(BY_PLACE_AND_WORD.get(`text ${firstWordOf(afterPrefix)}`) ?? []),
    ...ENDS.filter(({ firstWord }) => text.endsWith(firstWord)),
  ];
  for (const { pattern, read } of candidates) {
    const match = pattern.exec(text);
    if (match !== null) return read(match.groups ?? {}, subjects);
  }
  return undefined;
}
