import type { Log, LogFields } from '../../lambdas/runtime/watching/log';

export interface Line {
  readonly level: 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: LogFields;
}

/** Remembers what was told. */
export class RecordingLog implements Log {
  readonly lines: Line[] = [];

  constructor(readonly payloads = false) {}

  info = (message: string, fields: LogFields = {}) => void this.lines.push({ level: 'info', message, fields });
  warn = (message: string, fields: LogFields = {}) => void this.lines.push({ level: 'warn', message, fields });
  error = (message: string, fields: LogFields = {}) => void this.lines.push({ level: 'error', message, fields });

  /** What the lines of that message say beside it. */
  of = (message: string): LogFields[] =>
    this.lines.filter((line) => line.message === message).map(({ fields }) => fields);
}
