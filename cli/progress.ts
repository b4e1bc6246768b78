import { SingleBar } from 'cli-progress';

/** What a run says while it is under way: a live bar on a terminal, plain lines elsewhere. */
export interface Progress {
  /** One finished step or notable event, in a sentence. */
  say(line: string): void;
  /**
   * Numbers that move; on a terminal they replace each other.
   * @param note - what is to be said beside them, and may change each time
   */
  count(done: number, total: number, what: string, note?: string): void;
  end(): void;
}

export function progressOn(stream: NodeJS.WriteStream): Progress {
  const started = Date.now();
  const line = (text: string) => `${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${text}`;
  return stream.isTTY ? liveBar(stream, line) : plainLines(stream, line);
}

function liveBar(stream: NodeJS.WriteStream, line: (text: string) => string): Progress {
  let bar: SingleBar | undefined;
  let shown = '';
  const end = () => {
    bar?.stop();
    bar = undefined;
    shown = '';
  };
  return {
    end,
    say: (text) => {
      end();
      stream.write(`${line(text)}\n`);
    },
    count: (done, total, what, note = '') => {
      if (shown !== what) end();
      shown = what;
      bar ??= startBar(stream, total, what);
      bar.update(done, { note });
    },
  };
}

function startBar(stream: NodeJS.WriteStream, total: number, what: string): SingleBar {
  const bar = new SingleBar({
    stream,
    format: `          ${what} [{bar}] {value}/{total} {note}`,
    hideCursor: true,
    gracefulExit: false,
  });
  bar.start(total, 0, { note: '' });
  return bar;
}

/** Plain lines: one for every tenth of the way. */
function plainLines(stream: NodeJS.WriteStream, line: (text: string) => string): Progress {
  let last = '';
  return {
    end: () => undefined,
    say: (text) => stream.write(`${line(text)}\n`),
    count: (done, total, what, note = '') => {
      const tenth = `${what} ${Math.floor((done / total) * 10)}`;
      if (tenth === last) return;
      last = tenth;
      stream.write(`${line(`${what} ${done}/${total}${note === '' ? '' : `, ${note}`}`)}\n`);
    },
  };
}
