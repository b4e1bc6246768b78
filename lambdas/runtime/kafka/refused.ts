import { inWords } from '../time/within';

/** Node's codes for a certificate that leads to no authority it trusts. */
const UNTRUSTED = new Set<unknown>([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** The error of a connection that TLS or IAM refused, with what to do about it; any other error as it is. */
export function explainRefusal(error: unknown): unknown {
  const advice = adviceOn(error);
  return advice === undefined ? error : new Error(`${inWords(error)}; ${advice}`, { cause: error });
}

function adviceOn(error: unknown): string | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 8; at = at.cause, depth += 1) {
    const { name, code } = at as { name: string; code?: unknown };
    if (UNTRUSTED.has(code)) return "want a certificate that Node.js trusts, as MSK's are; check the bootstrap brokers";
    if (code === 'CERT_HAS_EXPIRED') return "want a certificate that is valid now; check the function's clock";
    if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
      return "want a certificate for the host that was asked; give the brokers' own names, as MSK lists them";
    }
    if (name === 'KafkaJSSASLAuthenticationError') {
      return "want a session; grant kafka-cluster:Connect on this cluster, and check AWS_REGION and the function's clock";
    }
  }
  return undefined;
}
