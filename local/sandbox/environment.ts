import { localIdentity } from '../stores';
import { NO_AWS_SETTINGS } from '../surroundings';
import { REGION } from '../template/identity';
import type { FunctionSpec } from '../template/functions';

/** Variables that say where AWS is. A template may not set them: functions would leave the local stores. */
const WHERE_AWS_IS = /^AWS_(ENDPOINT_URL|IGNORE_CONFIGURED_ENDPOINT_URLS|CONTAINER_|CONFIG_FILE$|PROFILE$)/;

/**
 * A function's environment: the template's variables, what Lambda itself sets, and the local endpoints, which no
 * variable of the template outranks. Nothing of this process's own environment.
 */
export function functionEnvironment(
  spec: FunctionSpec,
  endpoints: Readonly<Record<string, string>>,
  runtimeApi: string,
): NodeJS.ProcessEnv {
  const own = Object.entries(spec.environment).filter(([name]) => !WHERE_AWS_IS.test(name));
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'en_US.UTF-8',
    TZ: ':UTC',
    ...Object.fromEntries(own),
    ...NO_AWS_SETTINGS,
    ...endpoints,
    // Lambda's runtime brings the AWS SDK along; here it comes from this package's dependencies.
    NODE_PATH: (require.resolve.paths('@aws-sdk/client-s3') ?? []).join(':'),
    ...localIdentity,
    AWS_SESSION_TOKEN: 'local',
    AWS_DEFAULT_REGION: REGION,
    AWS_EXECUTION_ENV: `AWS_Lambda_${spec.runtime}`,
    AWS_LAMBDA_FUNCTION_NAME: spec.name,
    AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memoryMb),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${spec.name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: 'local',
    AWS_LAMBDA_RUNTIME_API: runtimeApi,
    LAMBDA_TASK_ROOT: spec.code,
    _HANDLER: spec.handler,
  };
}
