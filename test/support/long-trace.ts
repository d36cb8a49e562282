import { writeFileSync } from 'node:fs';

/** A trace that takes a while to import, of lines that say which they are. */
export function writeLongTrace(path: string, lineCount: number): void {
  const lines: string[] = [];
  for (let i = 0; i < lineCount; i++) {
    const address = (0x1000_0000 + i * 4096).toString(16).padStart(16, '0');
    const end = (0x1000_0000 + (i + 1) * 4096).toString(16).padStart(16, '0');
    const time = `${1 + Math.floor(i / 1e6)}.${String(i % 1e6).padStart(6, '0')}`.padStart(12);
    lines.push(
      `     kworker/0:2-30      [000] d..2. ${time}: map: IOMMU: iova=0x${address} - 0x${end} paddr=0x${address} size=4096\n`,
    );
  }
  writeFileSync(path, lines.join(''));
}
