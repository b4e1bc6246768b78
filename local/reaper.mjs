// Ends what its parent started when the parent is gone, however it went: the parent tells every process group through
// standard input (`+pid`, `-pid`), and the kernel closes that pipe when the parent dies. Owned by local/processes.ts.
import { createInterface } from 'node:readline';

// Meant to outlive its parent: whoever ends all of `node` by a polite signal still gets the groups ended.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});

const groups = new Set();
for await (const line of createInterface({ input: process.stdin })) {
  const pid = Number(line.slice(1));
  if (line.startsWith('+')) groups.add(pid);
  else groups.delete(pid);
}
for (const pid of groups) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH' && error.code !== 'EPERM') process.exitCode = 1; // those: it ended by itself
  }
}
