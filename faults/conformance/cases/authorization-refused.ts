import { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } from 'kafkajs';
import type { Case } from '../case';
import { withAdmin } from '../with-admin';

export const authorizationRefused: Case = {
  name: 'authorization-refused',
  describe: "the brokers' ACLs deny every client to write to the topic, and allow it again",
  usualLoses: false,
  play: async ({ topic, direct, rounds, sleep }) => {
    const onTopic = {
      resourceType: AclResourceTypes.TOPIC,
      resourceName: topic,
      resourcePatternType: ResourcePatternTypes.LITERAL,
    };
    const forAll = { principal: 'User:*', host: '*' };
    // A topic that has any ACL allows only what its ACLs allow; what is denied outranks that.
    const acl = [
      { ...onTopic, ...forAll, operation: AclOperationTypes.ALL, permissionType: AclPermissionTypes.ALLOW },
      { ...onTopic, ...forAll, operation: AclOperationTypes.WRITE, permissionType: AclPermissionTypes.DENY },
    ];
    await sleep(3_000);
    await withAdmin(direct, (admin) => admin.createAcls({ acl }));
    await sleep(rounds(2) * 4_000);
    const every = { operation: AclOperationTypes.ANY, permissionType: AclPermissionTypes.ANY };
    await withAdmin(direct, (admin) => admin.deleteAcls({ filters: [{ ...onTopic, ...every }] }));
    await sleep(3_000);
  },
};
