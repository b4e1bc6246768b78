import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Variables } from '../contract/environment';

/** What Lambda sets by itself: it differs between sandboxes of one code. */
const LAMBDAS_OWN =
  /^(AWS_|LAMBDA_|_|X_AMZN|NODE_PATH$|NODE_EXTRA_CA_CERTS$|PATH$|LD_LIBRARY_PATH$|LANG$|TZ$|PWD$|SHLVL$)/;
const ENDINGS = ['.js', '.mjs', '.cjs'];

/**
 * Names the code of a Lambda function: a hash over its handler's file and the environment its owner gave it. The function's
 * version does not do, since most functions run as `$LATEST`. Undefined where there is no such file: then nothing
 * that another sandbox has seen speaks for this one. A change in a layer, or in a dependency that is not bundled, is none here.
 *
 * @param read - a file's bytes; throws where there is none
 */
export function codeOf(variables: Variables, read: (path: string) => Uint8Array = readFileSync): string | undefined {
  const { LAMBDA_TASK_ROOT: root, _HANDLER: handler } = variables;
  if (!root || !handler) return undefined;
  const file = handlerFile(join(root, modulePath(handler)), read);
  if (!file) return undefined;
  const own = Object.entries(variables).filter(([name]) => !LAMBDAS_OWN.test(name));
  const environment = JSON.stringify(own.sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256').update(file).update(environment).digest('hex').slice(0, 12);
}

/** `folder/file.handler` is in `folder/file`. */
function modulePath(handler: string): string {
  const name = handler.lastIndexOf('/') + 1;
  const dot = handler.indexOf('.', name);
  return dot === -1 ? handler : handler.slice(0, dot);
}

function handlerFile(path: string, read: (path: string) => Uint8Array): Uint8Array | undefined {
  for (const ending of ENDINGS) {
    try {
      return read(path + ending);
    } catch {
      // Another ending, or nothing to be read at all: then the code has no name.
    }
  }
  return undefined;
}
