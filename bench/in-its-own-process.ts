import { fork } from 'node:child_process';
import { once } from 'node:events';

/** What a script reports, run in a process of its own, so that its memory is not shared. @param told - what it is sent, if it waits for something */
export async function reportOf<Report>(script: string, told?: object | string): Promise<Report> {
  const child = fork(script);
  if (told !== undefined) child.send(told);
  const ended = once(child, 'exit').then(([code]) =>
    Promise.reject(new Error(`${script}: its process ended with ${code}`)),
  );
  const [report] = (await Promise.race([once(child, 'message'), ended])) as [Report];
  // That it ends after its report is as it should be.
  ended.catch(() => undefined);
  return report;
}
