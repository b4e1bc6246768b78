import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { surroundings } from './surroundings';

/** TLS and IAM authentication on the listener for clients, as MSK has them on port 9098. */
export interface IamListener {
  /** Region that a token must be signed for. */
  readonly region: string;
  /** Access key that a token must be signed with. Its secret is of no matter: signatures are not checked. */
  readonly accessKeyId: string;
  /**
   * Milliseconds after which a client must authenticate again, on the same connection, or is cut off
   * (`connections.max.reauth.ms`). @default - when its token expires
   */
  readonly sessionMs?: number;
}

/** Of stores that live as long as the run; keytool takes none shorter than six characters. */
const PASSWORD = 'of-no-use';
const KEYSTORE = 'broker.p12';
const AUTHORITY = 'authority.pem';

/** Certificate of the authority that signed the brokers', in PEM: what a client has to trust. */
export const authorityFile = (dir: string): string => join(dir, AUTHORITY);

/** Certificate and key of the brokers, for what stands before them and is to see what they are asked. */
export const keystoreOf = (dir: string): { pfx: Buffer; passphrase: string } => ({
  pfx: readFileSync(join(dir, KEYSTORE)),
  passphrase: PASSWORD,
});

/**
 * Makes an authority and a certificate for 127.0.0.1 signed by it, with the JDK's keytool: new for each cluster, good for
 * a day. The authority's own key is deleted.
 */
export async function makeCertificates(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  await rm(join(dir, KEYSTORE), { force: true }); // of a start that found its port taken
  const pair = ['-genkeypair', '-keyalg', 'EC', '-groupname', 'secp256r1', '-validity', '1'];
  await keytool(
    dir,
    ...pair,
    '-alias',
    'authority',
    '-dname',
    'CN=authority of a local cluster',
    '-ext',
    'bc:c=ca:true',
  );
  await keytool(dir, '-exportcert', '-rfc', '-alias', 'authority', '-file', authorityFile(dir));
  const signed = ['-signer', 'authority', '-ext', 'san=ip:127.0.0.1'];
  await keytool(dir, ...pair, '-alias', 'broker', '-dname', 'CN=broker of a local cluster', ...signed);
  await keytool(dir, '-delete', '-alias', 'authority');
}

const keytool = (dir: string, ...args: string[]) =>
  promisify(execFile)(
    'keytool',
    [...args, '-keystore', join(dir, KEYSTORE), '-storetype', 'PKCS12', '-storepass', PASSWORD],
    { env: surroundings() },
  );

/** Properties of a broker's listener CLIENT; its clients are `User:<access key id>` to an ACL. `dir` holds the certificates. */
export function listenerProperties(
  dir: string,
  { region, accessKeyId, sessionMs = 0 }: IamListener,
): Record<string, string> {
  const mechanism = 'listener.name.client.oauthbearer';
  return {
    'listener.name.client.ssl.keystore.type': 'PKCS12',
    'listener.name.client.ssl.keystore.location': join(dir, KEYSTORE),
    'listener.name.client.ssl.keystore.password': PASSWORD,
    'listener.name.client.ssl.key.password': PASSWORD,
    'listener.name.client.sasl.enabled.mechanisms': 'OAUTHBEARER',
    [`${mechanism}.sasl.jaas.config`]: 'org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;',
    [`${mechanism}.sasl.server.callback.handler.class`]: 'MskTokenCheck',
    [`${mechanism}.connections.max.reauth.ms`]: String(sessionMs),
    'lossless.iam.region': region,
    'lossless.iam.access.key.id': accessKeyId,
  };
}
