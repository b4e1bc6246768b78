import { randomUUID } from 'node:crypto';
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const LOOK_EVERY_MS = 200;

/**
 * Waits until no other set-up is at work here, and takes the lock. The lock names its owner's process and the command
 * the owner runs: both must have ended before another takes over, because a package manager goes on when set-up is
 * killed.
 *
 * @param waiting - called once, with the other's process id, when there is one
 * @returns `running(pid)` to name the command that runs now, `release()`
 */
export async function takeLock(file, waiting) {
  const token = randomUUID();
  const write = (path, child) => writeFileSync(path, JSON.stringify({ token, pid: process.pid, child }));
  const own = `${file}.${token}`;
  write(own);
  try {
    for (let told = false; !created(own, file); told = true) {
      const owner = read(file);
      if (owner && !alive(owner.pid) && !alive(owner.child)) takeAway(file, owner.token);
      else if (owner) {
        if (!told) waiting(alive(owner.pid) ? owner.pid : owner.child);
        await wait(LOOK_EVERY_MS);
      }
    }
  } finally {
    rmSync(own, { force: true });
  }
  return {
    running(child) {
      write(own, child);
      renameSync(own, file);
    },
    release: () => rmSync(file, { force: true }),
  };
}

/** A link appears with its content, or not at all: no one reads half a lock. */
function created(own, file) {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return false;
  }
}

/**
 * Removes the lock of a dead owner. Of several that saw it dead only the one that creates the claim on this very owner
 * removes it, and only while it is still that owner's.
 */
function takeAway(file, token) {
  const claim = `${file}.${token}.dead`;
  try {
    writeFileSync(claim, '', { flag: 'wx' });
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    return;
  }
  if (read(file)?.token === token) rmSync(file, { force: true });
  rmSync(claim);
}

function read(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT') throw new Error(`cannot read the lock ${file}; delete it`, { cause: error });
    return undefined;
  }
}

function alive(pid) {
  if (pid === undefined) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM'; // it is somebody else's, but it is there
  }
}
