/** What a program of the local run may know of this machine: where programs lie, and how people here write. No secret is among them. */
const ALLOWED = ['PATH', 'HOME', 'TMPDIR', 'JAVA_HOME', 'LANG', 'LC_ALL', 'TZ'] as const;

/** Whoever looks for credentials or settings of AWS finds none: no shared files, no instance metadata. */
export const NO_AWS_SETTINGS: Readonly<Record<string, string>> = {
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  // A word to developers about Node versions to come; a log is for what its program says.
  AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
};

/**
 * The environment of a program of the local run: a list of what is let in, so that a variable nobody thought of (a
 * token, a password, a proxy) stays out.
 *
 * @param own - the environment to take from
 */
export function surroundings(own: Readonly<NodeJS.ProcessEnv> = process.env): NodeJS.ProcessEnv {
  const allowed = ALLOWED.flatMap((name) => (own[name] === undefined ? [] : [[name, own[name]] as const]));
  return { ...Object.fromEntries(allowed), ...NO_AWS_SETTINGS };
}
