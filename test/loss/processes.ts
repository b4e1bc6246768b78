import { readdirSync, readFileSync } from 'node:fs';

/** Processes whose command line names the text; read from /proc, so Linux only. */
export function processesOf(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return line.includes(text) && Number(pid) !== process.pid ? [`${pid} ${line}`] : [];
      } catch (gone) {
        return (gone as NodeJS.ErrnoException).code ? [] : [String(gone)];
      }
    });
}
