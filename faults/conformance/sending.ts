import { open } from 'node:fs/promises';
import type { Fate } from './adapter';

/** One send of one caller, written when it had its answer. */
export interface Sending {
  readonly caller: string;
  /** The caller's number of the first event, and how many there were. */
  readonly first: number;
  readonly count: number;
  /** Milliseconds until the answer. */
  readonly waitedMs: number;
  /** One for each event, or how the send itself ended without any. */
  readonly fates: readonly Fate[] | { readonly threw: string } | 'never settled';
}

/** Marks a sender's lines among whatever else its process prints. */
const MARK = 'sent ';

export const lineOf = (sending: Sending): string => `${MARK}${JSON.stringify(sending)}\n`;

/** What a sender has written so far, read again and again while it grows. */
export class Sendings {
  readonly all: Sending[] = [];
  private acked = 0;
  private readAt = 0;
  private rest = '';

  constructor(private readonly file: string) {}

  /** Events acknowledged so far. */
  get ackedSoFar(): number {
    return this.acked;
  }

  async readOn(): Promise<void> {
    const file = await open(this.file);
    try {
      const { size } = await file.stat();
      const bytes = Buffer.alloc(size - this.readAt);
      const { bytesRead } = await file.read(bytes, 0, bytes.length, this.readAt);
      this.readAt += bytesRead;
      this.take(bytes.toString('latin1', 0, bytesRead));
    } finally {
      await file.close();
    }
  }

  /** Ids are ASCII; a reason cut in the middle of a character reads strangely, and decides nothing. */
  private take(text: string): void {
    const lines = (this.rest + text).split('\n');
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      if (!line.startsWith(MARK)) continue;
      const sending = JSON.parse(line.slice(MARK.length)) as Sending;
      this.all.push(sending);
      if (Array.isArray(sending.fates)) {
        this.acked += (sending.fates as readonly Fate[]).filter(({ kind }) => kind === 'acked').length;
      }
    }
  }
}
